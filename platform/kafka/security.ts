/** How Kafka is spoken to: encrypted or not, and as which user. */
import { readFileSync } from 'node:fs'
import type { KafkaConfig } from 'kafkajs'
import { trustedAuthorities } from '../http/trusted-authorities.ts'
import type { Settings } from '../settings/settings.ts'

export type KafkaSettings = Pick<
  Settings,
  | 'kafkaBrokers'
  | 'kafkaProtocol'
  | 'kafkaMechanism'
  | 'kafkaUser'
  | 'kafkaPassword'
  | 'kafkaPasswordFile'
  | 'kafkaTokenUrl'
  | 'kafkaTokenScope'
  | 'caFile'
  | 'clientCertificateFile'
  | 'clientKeyFile'
> &
  Partial<Pick<Settings, 'secretKeys' | 'secretKeysFile'>>

/** kafkajs's options of TLS and SASL. Its files are read now. */
export function kafkaSecurity(settings: KafkaSettings): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  if (settings.kafkaProtocol === 'plaintext') return {}
  const { clientCertificateFile, clientKeyFile } = settings
  return {
    ssl: {
      ...trustedAuthorities(settings),
      ...(clientCertificateFile !== '' && {
        cert: readFileSync(clientCertificateFile, 'utf8'),
        key: readFileSync(clientKeyFile, 'utf8'),
      }),
    },
    ...(settings.kafkaProtocol === 'sasl_ssl' && { sasl: saslOf(settings) }),
  }
}

function saslOf(settings: KafkaSettings): NonNullable<KafkaConfig['sasl']> {
  const { kafkaMechanism: mechanism, kafkaUser: username } = settings
  const password = settings.kafkaPasswordFile || settings.kafkaPassword
  if (mechanism !== 'oauthbearer') return { mechanism, username, password } as NonNullable<KafkaConfig['sasl']>
  return { mechanism, oauthBearerProvider: tokenProvider(settings, password) }
}

/** A token is used again until this long before it ends. */
const TOKEN_MARGIN_MS = 30_000

/** Tokens by client credentials: one for all connections, until it is about to end. */
function tokenProvider(
  { kafkaTokenUrl, kafkaTokenScope, kafkaUser, caFile }: KafkaSettings,
  secret: string,
): () => Promise<{ value: string }> {
  let held: { value: string; endsAtMs: number } | undefined
  let asked: Promise<{ value: string; endsAtMs: number }> | undefined
  const ask = async () => {
    const { requestToken } = await import('../http/client-credentials.ts')
    return requestToken({
      server: 'Kafka',
      url: kafkaTokenUrl,
      scope: kafkaTokenScope,
      clientId: kafkaUser,
      secret,
      caFile,
    })
  }
  return async () => {
    if (held !== undefined && Date.now() < held.endsAtMs - TOKEN_MARGIN_MS) return { value: held.value }
    asked ??= ask().finally(() => {
      asked = undefined
    })
    held = await asked
    return { value: held.value }
  }
}
