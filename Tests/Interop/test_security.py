"""Users, certificates and access rules, from the file to the client's reason code."""
import subprocess

import paho.mqtt.client as paho
import pytest
from support import wire
from support.admin import Admin, AdminError
from support.client import RawClient
from support.waiting import PATIENCE, eventually

pytestmark = pytest.mark.fluxd

RULES = """
# what everybody may
pattern readwrite clients/%c/#
pattern read users/%u/inbox

user alice
topic readwrite plant/#
topic deny plant/secret/#

user bob
topic read plant/+/temperature
"""


@pytest.fixture
def files(tmp_path, fluxctl):
    passwords, rules = tmp_path / "passwords", tmp_path / "acl"
    for name, secret in (("alice", "wonder"), ("bob", "builder")):
        done = subprocess.run(
            [fluxctl, "user", "add", name, "--file", str(passwords), "--password-file", "-"], input=secret + "\n", capture_output=True, text=True, timeout=20
        )
        assert done.returncode == 0, done.stderr
    rules.write_text(RULES)
    return passwords, rules


@pytest.fixture
def broker(start_broker, files):
    return start_broker(
        auth__password_file=files[0], auth__acl_file=files[1], server__mqtt__tcp__plain__allow_anonymous="false"
    )


def login(broker, user, password, version=5, client_id=None, expect=0, **more):
    one = RawClient(broker, version)
    one.connect(client_id or f"{user}-1", expect=expect, username=user, password=password, **more)
    return one


def test_the_password_decides(broker):
    login(broker, "alice", b"wonder").close()
    login(broker, "alice", b"wonder", version=4).close()
    login(broker, "alice", b"wrong", expect=0x86).close()
    login(broker, "alice", b"wrong", version=4, expect=4).close()
    login(broker, "nobody", b"wonder", expect=0x86).close()
    RawClient(broker).connect("anonymous", expect=0x87).close()
    RawClient(broker, 4).connect("anonymous", expect=5).close()
    assert "alice" in broker.logged("alice", "refused")


def test_rules_are_checked_for_publish_subscribe_and_will(broker):
    alice = login(broker, "alice", b"wonder")
    assert alice.publish("plant/1/temperature", b"1", qos=1)
    alice.publish("plant/secret/x", b"1", qos=1, expect=0x87)
    alice.publish("elsewhere", b"1", qos=1, expect=0x87)
    bob = login(broker, "bob", b"builder")
    bob.subscribe("plant/+/temperature", "plant/#", "plant/1/temperature", "#", "users/bob/inbox", "clients/bob-1/#", expect=[0, 0x87, 0, 0x87, 0, 0])
    alice.publish("plant/7/temperature", b"warm")
    assert bob.delivery().payload == b"warm"
    bob.publish("plant/7/temperature", b"1", qos=1, expect=0x87)
    login(broker, "bob", b"builder", client_id="bob-2", expect=0x87, will=("plant/1/temperature", "gone", 0, False, {})).close()
    assert bob.is_alive() and alice.is_alive()
    alice.close(), bob.close()


def test_names_with_wildcards_widen_no_pattern(broker, files, fluxctl):
    alice = login(broker, "alice", b"wonder", client_id="#")
    alice.subscribe("clients/#", "clients/other/#", expect=[0x87, 0x87])
    alice.close()


def test_a_retained_message_is_shown_to_who_may_read_it(broker):
    alice = login(broker, "alice", b"wonder")
    alice.publish("plant/1/temperature", b"kept", qos=1, retain=True)
    bob = login(broker, "bob", b"builder")
    bob.subscribe("plant/+/temperature")
    assert bob.delivery().payload == b"kept"
    alice.close(), bob.close()


def test_a_reload_takes_a_right_and_a_user_away(broker, files, fluxctl):
    passwords, rules = files
    alice, bob = login(broker, "alice", b"wonder"), login(broker, "bob", b"builder")
    bob.subscribe("plant/+/temperature")
    rules.write_text(RULES.replace("topic readwrite plant/#", "topic readwrite fields/#"))
    broker.reload()
    broker.logged("configuration reloaded")
    alice.publish("plant/1/temperature", b"1", qos=1, expect=0x87)
    alice.publish("fields/1", b"1", qos=1)
    done = subprocess.run([fluxctl, "user", "rm", "bob", "--file", str(passwords), "--yes"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    broker.reload()
    said = bob.expect_closed()
    assert said is not None and said.reason == 0x87
    login(broker, "bob", b"builder", expect=0x86).close()
    rules.write_text("user alice\ntopik read a\n")
    broker.reload()
    line = broker.logged("was not reloaded")
    assert "acl:2" in line and "topic" in line
    broker.expected.append("was not reloaded")
    alice.publish("fields/1", b"1", qos=1)
    alice.close()


def test_a_reload_says_what_it_read_and_refuses_a_file_that_was_cut_short(broker, files):
    passwords, rules = files
    admin = Admin(broker)
    rules.write_text(RULES + "topic read more/#\n")
    done = admin.do("config", "reload")
    read = {change["key"]: change for change in done["changes"] if change["effect"] == "read"}
    assert read["auth.acl_file"]["from"] != read["auth.acl_file"]["to"] and read["auth.acl_file"]["note"] == str(rules)
    assert read["auth.password_file"]["to"] == "2 users" and "2 users" in done["message"]
    text = passwords.read_text()
    passwords.write_text("")
    broker.reload()
    line = broker.logged("was not reloaded")
    assert "has no users any more" in line
    broker.expected.append("was not reloaded")
    login(broker, "alice", b"wonder").close()
    passwords.write_text(text)
    rules.write_text("")
    with pytest.raises(AdminError) as refusal:
        admin.do("config", "reload", dry_run=True)
    assert "has no rules any more" in refusal.value.message


def test_explain_names_the_rule(broker, files, fluxctl):
    def explain(*words):
        return subprocess.run([fluxctl, "acl", "explain", *words, "--file", str(files[1])], capture_output=True, text=True, timeout=20)

    allowed = explain("alice", "plant/1/temperature")
    assert "acl:" in allowed.stdout and "plant/#" in allowed.stdout
    denied = explain("alice", "plant/secret/x")
    assert "deny" in denied.stdout


def test_mosquittos_own_password_file_is_read(start_broker, tmp_path):
    path = tmp_path / "passwords"
    made = subprocess.run(["mosquitto_passwd", "-b", "-c", str(path), "carol", "secret"], capture_output=True, timeout=20)
    assert made.returncode == 0
    broker = start_broker(auth__password_file=path)
    login(broker, "carol", b"secret").close()
    login(broker, "carol", b"Secret", expect=0x86).close()


def test_paho_is_told_why(broker):
    codes = []
    one = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="p", protocol=paho.MQTTv5)
    one.username_pw_set("alice", "wrong")
    one.on_connect = lambda client, data, flags, reason, props: codes.append(reason.getName())
    one.connect(broker.host, broker.port, 30)
    one.loop_start()
    eventually(lambda: codes, "paho hears the reason", PATIENCE)
    one.loop_stop()
    assert codes[0] == "Bad user name or password"


def test_another_user_does_not_get_a_session_by_its_client_id(broker):
    alice = login(broker, "alice", b"wonder", client_id="shared-name")
    login(broker, "bob", b"builder", client_id="shared-name", expect=0x87).close()
    assert alice.is_alive()
    again = login(broker, "alice", b"wonder", client_id="shared-name")
    assert alice.expect_closed().reason == 0x8E
    again.close()


def test_what_is_refused_is_an_event(broker):
    login(broker, "alice", b"wrong", expect=0x86).close()
    alice = login(broker, "alice", b"wonder")
    alice.publish("elsewhere", b"1", qos=1, expect=0x87)
    kinds = recent_kinds(broker)
    assert "connection.refused" in kinds and "acl.denied" in kinds
    alice.close()


def test_anonymous_clients_on_loopback_read_sys_and_nobody_writes_it(start_broker):
    broker = start_broker(broker__sys_interval="1s")
    one = RawClient(broker).connect("watcher")
    one.subscribe("$SYS/broker/uptime", "$SYS/broker/clients/connected")
    found = {one.delivery().topic for _ in range(2)}
    assert found == {"$SYS/broker/uptime", "$SYS/broker/clients/connected"}
    one.send(wire.publish("$SYS/broker/uptime", b"0", 1, 77, version=5))
    while (answer := one.receive()).kind != wire.PUBACK:
        pass
    assert answer.reason == 0x87
    one.close()


def recent_kinds(broker):
    return [event["kind"] for batch in Admin(broker).stream("Events", last=100) for event in batch.get("events", [])]
