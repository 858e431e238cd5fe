"""nginx before several nodes, as docs/proxy.md has it: each request goes to the next node."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

from .report import Skipped

# What stands in docs/proxy.md, without its TLS.
UPSTREAM = """
    upstream larder {{
{servers}
        keepalive 64;
    }}
"""
SERVER = """
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 0;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $host:$server_port;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_request_buffering off;
        proxy_connect_timeout 2s;
        proxy_read_timeout 60s;
        proxy_next_upstream error timeout http_503;
        proxy_next_upstream_tries 3;

        location / {{
            # nginx would send these again that may have happened; POST and PATCH it does not.
            if ($request_method ~ ^(PUT|DELETE)$) {{ return 418; }}
            error_page 418 = @once;
            proxy_pass http://larder;
        }}
        location @once {{
            proxy_next_upstream off;
            proxy_pass http://larder;
        }}
    }}
"""
AROUND = """
{user}worker_processes 1;
daemon off;
pid {home}/nginx.pid;
error_log {home}/nginx.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
"""


class Nginx:
    """Runs until close(). `ports`: the nodes'."""

    def __init__(self, home, port, ports):
        self.home, self.port = pathlib.Path(home), port
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not program:
            raise Skipped("there is no nginx: apt-get install nginx")
        self.config = self.home / "nginx.conf"
        self._write(ports)
        self.process = subprocess.Popen([program, "-c", str(self.config), "-p", str(home), "-e", f"{home}/nginx.log"], stdin=subprocess.DEVNULL)
        time.sleep(0.5)
        if self.process.poll() is not None:
            raise Skipped(f"nginx does not start: {(self.home / 'nginx.log').read_text()[-300:]}")

    def _write(self, ports):
        servers = "\n".join(f"        server 127.0.0.1:{node} max_fails=1 fail_timeout=2s;" for node in ports)
        self.config.write_text(AROUND.format(home=self.home, user="user root;\n" if os.geteuid() == 0 else "")
                               + UPSTREAM.format(servers=servers) + SERVER.format(port=self.port) + "}\n")

    def reload(self, ports):
        """From now on these; what is under way ends where it is."""
        self._write(ports)
        self.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)

    def close(self):
        self.process.terminate()
        self.process.wait(30)
