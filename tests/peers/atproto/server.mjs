// A directory of identities (did:plc) in memory, and a Bluesky server, for the loopback alone.
// Prints one line of JSON with their addresses, and ends with its standard input. A line of JSON there names a site, and the
// address to which it leads from here.
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { createRequire } from 'node:module'
import { Secp256k1Keypair } from '@atproto/crypto'
import { PDS } from '@atproto/pds'

const plc = createRequire(import.meta.url)('@did-plc/server')

// Neither server can be told an interface, and both would listen on all.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' && typeof rest[0] !== 'string'
    ? listen.call(this, port, '127.0.0.1', ...rest)
    : listen.call(this, port, ...rest)
}

const freePort = () =>
  new Promise((resolve) => {
    const probe = net.createServer().listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

// Sites that no name server knows, and where they lead.
const sites = new Map()
const fetchElsewhere = globalThis.fetch
globalThis.fetch = function (input, init) {
  const address = new URL(input.url ?? input)
  const to = sites.get(address.origin)
  return to
    ? fetchElsewhere(to + address.pathname + address.search, { headers: { accept: 'application/json' } })
    : fetchElsewhere.call(this, input, init)
}

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'flashtag-pds-'))
fs.mkdirSync(path.join(directory, 'blobs'))
const plcPort = await freePort()
const plcServer = plc.PlcServer.create({ db: plc.Database.mock(), port: plcPort })
await plcServer.start()
const port = await freePort()
const rotationKey = await Secp256k1Keypair.create({ exportable: true })
const recoveryKey = await Secp256k1Keypair.create()
const pds = await PDS.fromEnv({
  devMode: true,
  hostname: 'localhost',
  port,
  serviceName: 'A server for tests',
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  dataDirectory: directory,
  blobstoreDiskLocation: path.join(directory, 'blobs'),
  didPlcUrl: `http://localhost:${plcPort}`,
  plcRotationKeyK256PrivateKeyHex: Buffer.from(await rotationKey.export()).toString('hex'),
  recoveryDidKey: recoveryKey.did(),
  adminPassword: 'admin-password',
  jwtSecret: 'jwt-secret',
  dpopSecret: '0'.repeat(64),
  disableSsrfProtection: true,
  rateLimitsEnabled: process.argv[2] === 'limited',
  // There is no other service of the network here.
  bskyAppViewUrl: 'https://appview.invalid',
  bskyAppViewDid: 'did:example:invalid',
  bskyAppViewCdnUrlPattern: 'http://cdn.invalid/%s/%s/%s',
  modServiceUrl: 'https://moderator.invalid',
  modServiceDid: 'did:example:invalid',
})
await pds.start()
process.stdout.write(JSON.stringify({ pds: `http://localhost:${port}`, plc: `http://localhost:${plcPort}` }) + '\n')
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { site, to } = JSON.parse(line)
  sites.set(site, to)
  process.stdout.write(JSON.stringify({ ok: true }) + '\n')
}
fs.rmSync(directory, { recursive: true, force: true })
process.exit(0)
