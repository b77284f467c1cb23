import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Slow tiers first: a long file that is begun last would run alone at the end. Within a tier, as Vitest does: longest or largest first. */
const TIERS = ['server', 'long', 'postgres', 'unit']

export class SlowTiersFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return TIERS.flatMap((tier) => sorted.filter(({ project }) => project.name === tier))
  }
}
