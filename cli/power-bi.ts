import type { Command } from 'commander'
import { writeProject } from '../contracts/power-bi/project.ts'
import { print, printJson } from './output.ts'

export function register(program: Command): void {
  const group = program.command('power-bi').description('Reports in Power BI')
  group
    .command('generate')
    .description(
      'Write the Power BI project: the model from the views of bi and the figures, and the report; needs no server',
    )
    .option('--out <folder>', 'Folder to write to; a project in it is replaced', 'powerbi')
    .option('--json', 'Print the folder and the number of files as JSON')
    .addHelpText('after', '\nExample:\n  shelfline power-bi generate --out powerbi')
    .action(({ out, json }: { out: string; json?: boolean }) => {
      const files = writeProject(out)
      if (json) printJson({ folder: out, files })
      else print(`wrote ${files} files to ${out}; open ${out}/Shelfline.pbip in Power BI Desktop`)
    })
}
