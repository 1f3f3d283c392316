"""A server that answers as MLflow does, or as a broken one. usage: mlflow_stub.py MODE_FILE LOG

MODE_FILE says how: good, busy (503), refuses (400), silent (never answers), closes (half an answer), nonsense (no JSON).
LOG gets the requests as JSON Lines. Prints its port.
"""
import http.server
import json
import sys
import time

mode_file, log = sys.argv[1], open(sys.argv[2], "a", buffering=1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode("utf-8", "replace")
        mode = open(mode_file).read().strip()
        log.write(json.dumps({"mode": mode, "method": self.command, "path": self.path, "body": body,
                              "authorization": self.headers.get("Authorization", "")}) + "\n")
        if mode == "busy":
            return self.answer(503, "busy")
        if mode == "refuses":
            return self.answer(400, json.dumps({"error_code": "INVALID_PARAMETER_VALUE", "message": "no \x1b[31m such"}))
        if mode == "silent":
            return time.sleep(3600)
        if mode == "closes":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            self.close_connection = True
            return None
        if mode == "nonsense":
            return self.answer(200, "<html>")
        if "get-by-name" in self.path:
            return self.answer(200, json.dumps({"experiment": {"experiment_id": "7"}}))
        if "runs/create" in self.path:
            return self.answer(200, json.dumps({"run": {"info": {"run_id": "r1", "artifact_uri": "s3://bucket/r1"}}}))
        return self.answer(200, "{}")

    do_GET = do_POST = do_PUT = do


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
