import { XGBOOST_VERSION } from '../../platform/settings/settings.ts'
import { withCached } from './cache.ts'
import { StackError } from './errors.ts'
import type { Report } from './progress.ts'
import { installWheels, type Wheel } from './wheels.ts'

/** XGBoost without GPU code: its shared library and the OpenMP that it was built with. Linux x64, linux arm64. */
export const xgboostWheel: Wheel = {
  name: 'xgboost-cpu',
  version: XGBOOST_VERSION,
  sha256: [
    '9c10b1653e1a689bf4094a328144cf3633c9be0e5217a76fbdc2fde6abcb2950',
    '896b9e2bc52ec0921edf92ddd1cebedf47032e94992b7aca0293524d380ce6e9',
  ],
}

const platforms = ['linux-x64', 'linux-arm64']

/** Returns the folder that holds `xgboost/lib/libxgboost.so`; the setting `xgboostLibrary` points there. */
export function prepareXgboost(report: Report): Promise<string> {
  const platform = `${process.platform}-${process.arch}`
  if (!platforms.includes(platform)) {
    throw new StackError(
      `XGBoost's library is pinned for ${platforms.join(' and ')}, not for ${platform}: build it and set SHELFLINE_XGBOOST_LIBRARY`,
    )
  }
  return withCached(
    'xgboost',
    XGBOOST_VERSION,
    async (folder) => {
      report('downloading the wheel')
      await installWheels([xgboostWheel], folder)
    },
    () => report('another process is downloading it'),
  )
}
