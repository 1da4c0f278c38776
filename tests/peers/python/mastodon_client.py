"""A client of Mastodon that others wrote, at one server: posts, answers, reads back, listens and deletes.
Prints one line of JSON with what it saw.

    mastodon_client.py SERVER TOKEN NAME
"""

import json
import queue
import sys
import time

from mastodon import Mastodon, MastodonNotFoundError, MastodonUnauthorizedError, StreamListener

server, token, name = sys.argv[1:]
heard = queue.Queue()


class Listener(StreamListener):
    def on_update(self, status):
        heard.put(["update", status.content])

    def on_delete(self, status_id):
        heard.put(["delete", str(status_id)])


seen = {}
client = Mastodon(api_base_url=server, access_token=token)
seen["own"] = client.account_verify_credentials().acct
try:
    Mastodon(api_base_url=server, access_token="nobody", version_check_mode="none").account_verify_credentials()
except MastodonUnauthorizedError:
    seen["nobody"] = "unauthorized"
seen["characters"] = client.instance().configuration.statuses.max_characters
opened = client.stream_hashtag("BuyKettle", Listener(), run_async=True)
while opened.connection is None:
    time.sleep(0.02)

claim = client.status_post("I want it! #BuyKettle", idempotency_key="k1", visibility="public", language="en")
again = client.status_post("I want it! #BuyKettle", idempotency_key="k1", visibility="public", language="en")
seen["same"] = claim.id == again.id
reply = client.status_post("Hello", in_reply_to_id=claim.id, visibility="unlisted")
seen["answers"] = reply.in_reply_to_id == claim.id
seen["thread"] = [status.id == reply.id for status in client.status_context(claim.id).descendants]
seen["own_statuses"] = len(client.account_statuses(claim.account.id, limit=40))
seen["tagged"] = [status.id == claim.id for status in client.timeline_hashtag("buykettle", limit=40)]
seen["since"] = len(client.timeline_hashtag("buykettle", since_id=claim.id))
seen["notifications"] = len(client.notifications(types=["mention"]))
first = heard.get(timeout=30)
client.status_delete(claim.id)
try:
    client.status(claim.id)
except MastodonNotFoundError:
    seen["deleted"] = "not found"
second = heard.get(timeout=30)
seen["heard"] = [first[0], second[0], second[1] == str(claim.id)]
opened.close()
print(json.dumps(seen), flush=True)
