// The network's official client, and a client of its Jetstream that others wrote, at one server: signs in, posts, answers, reads
// back and deletes while it listens. Prints one line of JSON with what it saw.
//
//   reader.mjs SERVER JETSTREAM HANDLE PASSWORD
import { AtpAgent, RichText } from '@atproto/api'
import { Jetstream } from '@skyware/jetstream'

const [service, endpoint, identifier, password] = process.argv.slice(2)
const seen = {}
const agent = new AtpAgent({ service })
await agent.login({ identifier, password }).then(() => (seen.session = agent.did))
await new AtpAgent({ service }).login({ identifier, password: 'wrong' }).catch((fault) => (seen.wrong = fault.error))

const heard = []
const jetstream = new Jetstream({ endpoint, wantedCollections: ['app.bsky.feed.post', 'app.bsky.feed.repost'] })
jetstream.onCreate('app.bsky.feed.post', ({ did, commit }) => heard.push(['post', did, commit.record.text, commit.cid]))
jetstream.onCreate('app.bsky.feed.repost', ({ did, commit }) => heard.push(['repost', did, commit.record.subject.uri]))
jetstream.onDelete('app.bsky.feed.post', ({ did, commit }) => heard.push(['delete', did, commit.rkey]))
const opened = new Promise((resolve) => jetstream.on('open', resolve))
jetstream.start()
await opened

const rich = new RichText({ text: `@${identifier} Grüße 🔥 #BuyKettle` })
await rich.detectFacets(agent)
seen.facets = rich.facets.map((facet) => facet.features[0].$type.split('#')[1])
const claim = await agent.post({ text: rich.text, facets: rich.facets, langs: ['en'] })
const reply = await agent.post({ text: 'and again', reply: { root: claim, parent: claim } })
await agent.repost(claim.uri, claim.cid)
const found = await agent.getPost({ repo: agent.did, rkey: claim.uri.split('/').pop() })
seen.read = found.cid === claim.cid && found.value.text === rich.text
await agent.deletePost(reply.uri)
const missing = { repo: agent.did, collection: 'app.bsky.feed.post', rkey: reply.uri.split('/').pop() }
await agent.com.atproto.repo.getRecord(missing).catch((fault) => (seen.missing = fault.error))

while (heard.length < 4) await new Promise((resolve) => setTimeout(resolve, 20))
seen.heard = heard.map(([what, did]) => `${what}${did === agent.did ? '' : ' of somebody else'}`)
seen.text = heard[0][2]
seen.cid = heard[0][3] === claim.cid
await agent.sessionManager?.refreshSession?.()
seen.renewed = Boolean(agent.session?.accessJwt)
jetstream.close()
process.stdout.write(JSON.stringify(seen) + '\n')
process.exit(0)
