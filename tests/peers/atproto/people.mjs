// People with the network's official client: each line of JSON on standard input is something that one of them does, and
// the line that answers it is `{"ok": ...}` or `{"error": ...}`.
//
//   people.mjs SERVER
import readline from 'node:readline'
import { AtpAgent, RichText } from '@atproto/api'

const service = process.argv[2]
const agents = new Map()
const refs = new Map()

const agent = (name) => agents.get(name) ?? Promise.reject(new Error(`nobody is called ${name}`))

async function join({ name }) {
  const person = new AtpAgent({ service })
  await person.createAccount({ handle: `${name}.test`, email: `${name}@example.com`, password: `password-of-${name}` })
  agents.set(name, person)
  return { did: person.did, handle: `${name}.test` }
}

async function appPassword({ name }) {
  const person = await agent(name)
  const { data } = await person.com.atproto.server.createAppPassword({ name: 'flashtag' })
  return data.password
}

/** What a reply refers to: the post, and the first one of its thread. */
async function thread(person, uri) {
  const [repo, collection, rkey] = uri.replace('at://', '').split('/')
  const { data } = await person.com.atproto.repo.getRecord({ repo, collection, rkey })
  const parent = { uri: data.uri, cid: data.cid }
  return { root: data.value.reply?.root ?? parent, parent }
}

async function post({ name, text, reply_to }) {
  const person = await agent(name)
  const rich = new RichText({ text })
  await rich.detectFacets(person)
  const reply = reply_to ? await thread(person, reply_to) : undefined
  const made = await person.post({ text: rich.text, facets: rich.facets, reply, langs: ['en'] })
  refs.set(made.uri, made)
  return made.uri
}

async function repost({ name, uri }) {
  const person = await agent(name)
  const made = await person.repost(uri, refs.get(uri).cid)
  return made.uri
}

async function remove({ name, uri }) {
  const person = await agent(name)
  await person.deletePost(uri)
  return true
}

/** The posts of one repository, oldest first. */
async function posts({ did }) {
  const reader = new AtpAgent({ service })
  const query = { repo: did, collection: 'app.bsky.feed.post', limit: 100, reverse: true }
  const { data } = await reader.com.atproto.repo.listRecords(query)
  return data.records.map(({ uri, value }) => ({ uri, text: value.text, reply_to: value.reply?.parent.uri ?? null }))
}

const acts = { join, 'app-password': appPassword, post, repost, delete: remove, posts }

for await (const line of readline.createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line)
  let answer
  try {
    answer = { ok: await acts[asked.do](asked) }
  } catch (fault) {
    answer = { error: String(fault?.message ?? fault) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
process.exit(0)
