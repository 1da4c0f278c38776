"""The official client of X at one server. Each line of JSON on standard input is something to do; the line that answers it is
{"ok": ...} or {"error": ...}. What the client's own models do not accept is an error.

    x_client.py SERVER APP_TOKEN USER_TOKEN
"""

import json
import queue
import sys
import threading

from xdk import Client
from xdk.posts.models import CreateRequest
from xdk.stream.models import UpdateRulesRequest
from xdk.streaming import StreamConfig

server, app_token, user_token = sys.argv[1:]
FIELDS = ["created_at", "author_id", "entities"]
heard = queue.Queue()


def app():
    return Client(base_url=server, bearer_token=app_token)


def user():
    return Client(base_url=server, access_token=user_token)


def shown(model):
    return model.model_dump(exclude_none=True, mode="json")


def me(_):
    return shown(user().users.get_me())["data"]


def post(asked):
    reply = {"in_reply_to_tweet_id": asked["reply_to"]} if asked.get("reply_to") else None
    return shown(user().posts.create(body=CreateRequest(text=asked["text"], reply=reply)))["data"]


def read(asked):
    return shown(app().posts.get_by_id(asked["id"]))


def delete(asked):
    return shown(user().posts.delete(asked["id"]))["data"]["deleted"]


def first_page(pages):
    return [shown(post) for post in next(iter(pages)).data or []]


def mentions(asked):
    return first_page(user().users.get_mentions(asked["id"], since_id=asked.get("since_id"), max_results=100))


def search(asked):
    return first_page(app().posts.search_recent(asked["query"], since_id=asked.get("since_id"), max_results=10))


def rule(asked):
    added = app().stream.update_rules(body=UpdateRulesRequest(add=[{"value": asked["value"], "tag": "offers"}]))
    return shown(added)["meta"]["summary"]


def rules(_):
    return [shown(each) for each in next(iter(app().stream.get_rules())).data or []]


def listen(_):
    """Opens the filtered stream in the background, and returns once it is open."""
    connected = threading.Event()

    def run():
        config = StreamConfig(max_retries=0, on_connect=connected.set)
        try:
            for event in app().stream.posts(tweet_fields=FIELDS, expansions=["author_id"], stream_config=config):
                heard.put(shown(event))
        except Exception as fault:
            heard.put({"fault": str(fault)})

    threading.Thread(target=run, daemon=True).start()
    return connected.wait(30)


def next_heard(_):
    return heard.get(timeout=30)


acts = {"me": me, "post": post, "read": read, "delete": delete, "mentions": mentions, "search": search,
        "rule": rule, "rules": rules, "listen": listen, "heard": next_heard}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"ok": acts[asked["do"]](asked)}
    except Exception as fault:
        answer = {"error": f"{type(fault).__name__}: {fault}"[:600]}
    print(json.dumps(answer), flush=True)
