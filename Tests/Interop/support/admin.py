"""The admin service over Connect's JSON: what a program with nothing but an HTTP library sees."""
import http.client
import json
import socket
import struct


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=15):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class AdminError(Exception):
    def __init__(self, status, error):
        super().__init__(f"{status} {error}")
        self.status, self.code, self.message = status, error.get("code"), error.get("message")
        self.details = [detail.get("debug", {}) for detail in error.get("details", [])]


class Admin:
    """Calls over the socket, or over the HTTP listener when a port is given."""

    SERVICE = "/fluxmq.admin.v1.Admin/"

    def __init__(self, broker, http=False):
        self.broker, self.http = broker, http

    def _connection(self):
        if self.http:
            return http.client.HTTPConnection("127.0.0.1", self.broker.http_port, timeout=15)
        return UnixConnection(self.broker.admin)

    def call(self, method, **request):
        connection = self._connection()
        try:
            connection.request("POST", self.SERVICE + method, json.dumps(request), {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise AdminError(response.status, body)
        return body

    def list(self, kind, **query):
        answer = self.call("List", query={"kind": f"KIND_{kind.upper()}", **query})
        return [row[kind] for row in answer.get("rows", [])], answer

    def get(self, kind, name):
        return self.call("Get", kind=f"KIND_{kind.upper()}", id=name)["row"][kind]

    def do(self, kind, verb, **request):
        return self.call("Do", kind=f"KIND_{kind.upper()}", verb=verb, **request)

    def stream(self, method, **request):
        """The messages of a call with many answers, as they come; closing the generator cancels it."""
        connection = self._connection()
        try:
            message = json.dumps(request).encode()
            connection.request(
                "POST", self.SERVICE + method, struct.pack(">BI", 0, len(message)) + message,
                {"Content-Type": "application/connect+json"},
            )
            response = connection.getresponse()
            assert response.status == 200, response.read()
            while True:
                flags, length = struct.unpack(">BI", self._exactly(response, 5))
                body = json.loads(self._exactly(response, length) or b"{}")
                if flags & 2:
                    if "error" in body:
                        raise AdminError(200, body["error"])
                    return
                yield body
        finally:
            connection.close()

    @staticmethod
    def _exactly(response, count):
        data = b""
        while len(data) < count:
            more = response.read1(count - len(data)) if count - len(data) else b""
            assert more, "the stream ended in the middle"
            data += more
        return data
