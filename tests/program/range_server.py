"""A server of files for tests: the first folder of a path says how it behaves. usage: range_server.py ROOT LOG

  /parts/F    sends parts where they are asked for
  /whole/F    sends the whole file, whatever is asked for
  /cut/F      closes the connection after a third of what was asked for, at the first two requests for a file
  /busy/F     answers 503 to the first request for a file
  /other/F    sends as many other bytes
  /longer/F   sends a byte more
  /slow/F     sends 64 KiB a tenth of a second
  /moved/F    leads to /parts/F

Prints its port. LOG gets a line for each request: path and Range.
"""
import http.server
import os
import sys
import time

root, log = sys.argv[1], open(sys.argv[2], "a", buffering=1)
seen = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        wanted = self.headers.get("Range", "")
        log.write(f"{self.path} {wanted}\n")
        _, way, name = self.path.split("/", 2)
        count = seen[self.path] = seen.get(self.path, 0) + 1
        file = os.path.join(root, name)
        if way == "moved":
            self.send_response(302)
            self.send_header("Location", "/parts/" + name)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if way == "busy" and count == 1:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if not os.path.isfile(file):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        data = open(file, "rb").read()
        if way == "other":
            data = bytes(255 - byte for byte in data)
        if way == "longer":
            data += b"x"
        begin = int(wanted[len("bytes="):].split("-")[0]) if wanted and way != "whole" else 0
        if begin >= len(data) > 0:
            self.send_response(416)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        part = data[begin:]
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if way == "cut" and count <= 2:
            self.wfile.write(part[: len(part) // 3])
            self.wfile.flush()
            self.close_connection = True
            return
        step = 1 << 16 if way == "slow" else max(1, len(part))
        for at in range(0, len(part), step):
            self.wfile.write(part[at : at + step])
            self.wfile.flush()
            if way == "slow":
                time.sleep(0.1)


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):  # a client that goes away
        pass


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
