"""The admin service of a running broker: what it shows and what it changes."""
import os
import signal
import stat
import subprocess

import pytest
from support import wire
from support.admin import Admin, AdminError
from support.waiting import eventually

pytestmark = pytest.mark.fluxd


@pytest.fixture
def admin(broker):
    return Admin(broker)


def test_the_socket_is_for_its_owner_and_group(broker, admin):
    assert stat.S_IMODE(os.stat(broker.admin).st_mode) == 0o660
    hello = admin.call("Hello", client="test")
    assert hello["canChange"] and hello["identity"] == f"uid {os.getuid()} (pid {os.getpid()})"
    assert {kind["name"] for kind in hello["kinds"]} >= {"broker", "listener", "connection", "session", "topic", "retained"}


def test_a_connection_is_shown_as_it_is(broker, admin, client):
    one = client("sensor-1", version=5, keep_alive=30)
    one.subscribe("a/#", "b/+")
    for number in range(5):
        one.publish("x/y", b"12345", qos=1)
    rows, answer = admin.list("connection", filter="client_id=sensor-1")
    assert (answer["total"], answer["totalMatched"], len(rows)) == ("1", "1", 1)
    row = rows[0]
    assert row["protocol"] == "mqtt5" and row["state"] == "ok" and row["listener"] == "mqtt"
    assert row["keepAliveMs"] == "30000" and row["subscriptions"] == "2"
    assert row["messagesIn"] == "5" and row["bytesIn"] == "25"
    assert admin.get("connection", row["id"])["clientId"] == "sensor-1"


def test_lists_are_filtered_sorted_cut_and_paged_by_the_server(broker, admin, client):
    for number in range(23):
        client(f"c{number:02}").publish("t", b"x" * (number + 1))
    rows, answer = admin.list("connection", filter="client_id~^c bytes_in>3", sort="-bytes_in", limit=10)
    assert [row["clientId"] for row in rows] == [f"c{number:02}" for number in range(22, 12, -1)]
    assert (answer["total"], answer["totalMatched"]) == ("23", "20")
    assert answer["totals"]["connection"]["bytesIn"] == str(sum(range(4, 24)))
    seen, cursor = [], ""
    while True:
        rows, answer = admin.list("session", sort="-id", limit=7, cursor=cursor)
        seen += [row["id"] for row in rows]
        cursor = answer.get("nextCursor", "")
        if not cursor:
            break
    assert seen == [f"c{number:02}" for number in range(22, -1, -1)]


def test_only_wanted_fields_are_filled_in(broker, admin, client):
    client("one")
    rows, _ = admin.list("connection", fields=["client_id", "protocol"])
    assert set(rows[0]) <= {"id", "version", "clientId", "protocol"}


def test_sessions_tell_who_is_away(broker, admin, client):
    client("here", props={"session_expiry": 100})
    client("gone", props={"session_expiry": 100}).disconnect()

    def away():
        rows, _ = admin.list("session", sort="id")
        return {row["id"]: row["state"] for row in rows} == {"gone": "offline", "here": "connected"}

    eventually(away, "one session is offline")
    row = admin.get("session", "gone")
    assert row["expiryMs"] == "100000" and "expiresAt" in row and "connectionId" not in row
    assert admin.list("broker")[0][0]["sessionsOffline"] == "1"


def test_subscriptions_plain_and_shared(broker, admin, client):
    client("a b").subscribe("x/#", "$share/group/y/+", "with space/#")
    rows, _ = admin.list("subscription")
    assert [(row["clientId"], row["filter"], row.get("share")) for row in rows] == [
        ("a b", "$share/group/y/+", "group"), ("a b", "with space/#", None), ("a b", "x/#", None),
    ]
    assert admin.get("subscription", "a b with space/#")["filter"] == "with space/#"


def test_topics_count_what_is_published_and_who_listens(broker, admin, client):
    listener, publisher = client("l"), client("p")
    listener.subscribe("busy/#")
    for _ in range(7):
        publisher.publish("busy/one", b"abc", qos=1)
    publisher.publish("quiet", b"", qos=1)
    rows, _ = admin.list("topic", sort="-messages")
    assert [(row["id"], row["messages"]) for row in rows] == [("busy/one", "7"), ("quiet", "1")]
    assert rows[0]["subscribers"] == "1" and rows[0]["bytes"] == "21"


def test_retained_messages_are_shown_and_removed(broker, admin, client):
    one = client("r")
    for number in range(4):
        one.publish(f"keep/{number}", f"value {number}".encode(), qos=1, retain=True)
    rows, answer = admin.list("retained")
    assert [row["id"] for row in rows] == [f"keep/{number}" for number in range(4)]
    assert answer["totals"]["retained"]["payloadBytes"] == "28" and "payload" not in rows[0]
    assert admin.get("retained", "keep/2")["payload"] == "dmFsdWUgMg=="
    assert admin.do("retained", "remove", filter="keep/ !id=keep/2", dryRun=True)["affected"] == "3"
    assert len(admin.list("retained")[0]) == 4
    assert admin.do("retained", "remove", filter="keep/ !id=keep/2")["affected"] == "3"
    assert [row["id"] for row in admin.list("retained")[0]] == ["keep/2"]


def test_closing_a_connection_tells_its_client_why(broker, admin, client):
    victim, other = client("victim"), client("other")
    row = admin.list("connection", filter="client_id=victim")[0][0]
    with pytest.raises(AdminError) as refusal:
        admin.do("connection", "close", id=row["id"], ifVersion="another")
    assert refusal.value.code == "aborted" and victim.is_alive()
    answer = admin.do("connection", "close", id=row["id"], ifVersion=row["version"], reason="test")
    assert answer["ids"] == [row["id"]]
    assert victim.expect(wire.DISCONNECT).reason == 0x98
    victim.expect_closed()
    assert other.is_alive()
    with pytest.raises(AdminError) as gone:
        admin.do("connection", "close", id=row["id"])
    assert gone.value.code == "not_found"


def test_expiring_a_session_ends_it_here_and_away(broker, admin, client):
    client("away", props={"session_expiry": 1000}).disconnect()
    here = client("here", props={"session_expiry": 1000})
    assert admin.do("session", "expire", filter="id~.")["affected"] == "2"
    here.expect_closed()
    eventually(lambda: not admin.list("session")[0], "both sessions are gone")
    assert client("away", clean=False, props={"session_expiry": 10}).connack.session_present is False


def test_every_change_is_audited_also_one_that_is_refused(broker, admin):
    with pytest.raises(AdminError):
        admin.do("connection", "close", id="c9.9.9", reason="why not")
    with pytest.raises(AdminError) as refusal:
        Admin(broker, http=True).do("retained", "remove", id="x")
    assert refusal.value.status == 403 and refusal.value.code == "permission_denied"
    events = [event for batch in admin.stream("Events", last=100) for event in batch.get("events", [])]
    audits = [event for event in events if event["kind"] == "admin.do"]
    assert [audit["attributes"]["result"] for audit in audits] == ["not_found", "permission_denied"]
    assert audits[0]["attributes"]["reason"] == "why not" and audits[0]["identity"].startswith("uid ")
    assert audits[1]["identity"].startswith("http 127.0.0.1:")


def test_http_reads_and_refuses_a_foreign_host(broker):
    reader = Admin(broker, http=True)
    assert not reader.call("Hello").get("canChange")
    assert reader.list("listener")[0][0]["id"] == "mqtt"
    status = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.example", "-H", "Content-Type: application/json",
         "-d", "{}", f"http://127.0.0.1:{broker.http_port}/fluxmq.admin.v1.Admin/Hello"],
        capture_output=True, text=True, check=True,
    ).stdout
    assert status == "421"


def test_a_watch_begins_with_everything_and_goes_on_with_changes(broker, admin, client):
    first = client("first")
    watch = admin.stream("Watch", query={"kind": "KIND_CONNECTION", "fields": ["client_id"]}, intervalMs=200)
    snapshot = next(watch)
    assert [row["connection"]["clientId"] for row in snapshot["changed"]] == ["first"] and snapshot["seq"] == "1"
    second = client("second")
    changed = next(answer for answer in watch if answer.get("changed"))
    assert [row["connection"]["clientId"] for row in changed["changed"]] == ["second"]
    first.disconnect()
    removed = next(answer for answer in watch if answer.get("removed"))
    assert removed["removed"] == [snapshot["changed"][0]["connection"]["id"]]
    watch.close()
    assert second.is_alive()


def test_events_and_log_go_on_from_a_number(broker, admin, client):
    client("e1")
    batch = next(admin.stream("Events", last=10))
    assert any(event["kind"] == "connection.opened" and event["subject"] == "e1" for event in batch["events"])
    following = admin.stream("Events", fromSeq=batch["nextSeq"], follow=True, filter="subject=e2")
    client("e2")
    event = next(event for batch in following for event in batch.get("events", []))
    assert event["subject"] == "e2" and int(event["seq"]) >= int(batch["nextSeq"])
    following.close()
    log = next(admin.stream("Log", last=10))
    assert any(record["message"] == "fluxd is ready" for record in log["records"])


def test_series_have_history_at_once(broker, admin):
    eventually(lambda: len(admin.call("Series", names=["connections"])["series"][0].get("values", [])) >= 2, "two seconds are recorded")
    series = admin.call("Series")["series"]
    assert {"messages_in_per_s", "messages_out_per_s", "cpu_percent", "memory_bytes"} <= {one["name"] for one in series}
    memory = next(one for one in series if one["name"] == "memory_bytes")
    assert memory["unit"] == "B" and memory["values"][-1] > 1 << 20


def test_a_paused_listener_lets_nobody_in_until_it_is_resumed(broker, admin, client):
    first = client("first")
    admin.do("listener", "pause", id="mqtt")
    assert admin.get("listener", "mqtt")["state"] == "paused"
    late = client("late", connected=False)
    assert first.is_alive() and admin.list("connection")[1]["total"] == "1"
    admin.do("listener", "resume", id="mqtt")
    late.connect("late")
    with pytest.raises(AdminError) as refusal:
        admin.do("listener", "pause", id="admin")
    assert refusal.value.code == "failed_precondition"


def test_a_check_names_what_takes_a_restart_and_a_reload_undoes_what_was_set(broker, admin):
    rows = {row["id"]: row for row in admin.list("config")[0]}
    assert rows["log.level"]["value"] == "info" and rows["log.level"]["live"]
    assert rows["server.runtime_dir"]["source"] == "command line" and not rows["server.runtime_dir"].get("live")
    checked = admin.do("config", "check", arguments={"text": "session: {max_inflight_messages: 7}\nserver: {shards: 5}\n"})
    effects = {change["key"]: change["effect"] for change in checked["changes"]}
    assert effects["session.max_inflight_messages"] == "live" and effects["server.shards"] == "restart"
    with pytest.raises(AdminError) as bad:
        admin.do("config", "check", arguments={"text": "log: {levle: info}", "name": "mine.yaml"})
    assert bad.value.code == "invalid_argument" and "mine.yaml:1:7" in bad.value.message and "level" in bad.value.message
    assert admin.do("config", "set", id="log.level", arguments={"value": "debug"})["changes"][0]["to"] == "debug"
    assert admin.get("config", "log.level")["source"] == "admin"
    assert admin.do("config", "reload")["changes"][0]["to"] == "info"
    broker.process.send_signal(signal.SIGHUP)
    eventually(lambda: any(record.get("message") == "configuration reloaded" for record in broker.log_records()), "the reload is logged")


def test_errors_say_what_would_be_right(admin):
    with pytest.raises(AdminError) as error:
        admin.list("connection", filter="clientid=x")
    assert error.value.code == "invalid_argument" and error.value.details[0]["hint"] == "client_id"
    with pytest.raises(AdminError) as error:
        admin.call("List", query={"kind": 99})  # of a newer server
    assert error.value.code == "unimplemented"
    with pytest.raises(AdminError) as error:
        admin.get("listener", "mqt")
    assert error.value.code == "not_found" and error.value.details[0]["hint"] == "mqtt"


def test_watchers_that_do_not_read_cost_flat_memory(broker, admin, client):
    for number in range(50):
        client(f"c{number}")
    watches = []
    for _ in range(20):
        watch = admin.stream("Watch", query={"kind": "KIND_CONNECTION"}, intervalMs=200)
        next(watch)
        watches.append(watch)
    before = broker.resident_bytes()
    publisher = client("busy")
    for _ in range(30):
        for _ in range(100):
            publisher.publish("t", b"x" * 100)
        assert publisher.is_alive()
    assert broker.resident_bytes() < before + (32 << 20)
    for watch in watches:
        watch.close()
