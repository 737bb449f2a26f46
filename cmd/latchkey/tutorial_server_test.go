package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// onServer returns the course for the page that installs a server. Its files are below
// a folder of the test instead of the root, and nothing needs to be root.
func (c *course) onServer(t *testing.T) *course {
	t.Helper()
	root := t.TempDir()
	bin := filepath.Join(root, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, script := range map[string]string{
		"systemctl": systemctl, "systemd-sysusers": "#!/bin/sh\nexec test -e ROOT/etc/sysusers.d/latchkey.conf\n",
		"apt-get": aptGet, "certbot": certbot, "nginx": nginxTest,
	} {
		path := filepath.Join(bin, name)
		write(t, path, strings.ReplaceAll(script, "ROOT", root))
		if err := os.Chmod(path, 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	server := *c
	server.paths = strings.NewReplacer(
		"sudo -u latchkey latchkey", root+"/usr/local/bin/latchkey", "sudo ", "", "git pull", "git --version",
		" /usr/local/", " "+root+"/usr/local/", " /etc/", " "+root+"/etc/", " /var/lib/", " "+root+"/var/lib/", `"/var/lib/`, `"`+root+"/var/lib/",
	)
	server.env = nil
	for _, v := range c.env {
		if path, isPath := strings.CutPrefix(v, "PATH="); isPath {
			v = "PATH=" + bin + ":" + path
		}
		server.env = append(server.env, v)
	}
	// The settings in the environment have precedence over those in the file.
	server.env = append(server.env, "LATCHKEY_DATA="+root+"/var/lib/latchkey", "LATCHKEY_ADDR="+needs.Address(t), "LATCHKEY_OPS_ADDR="+needs.Address(t))
	return &server
}

// systemctl starts the command of the unit, in place of one that is running, and
// returns when it is ready.
const systemctl = `#!/bin/sh
set -eu
case "$*" in
daemon-reload | "stop nginx" | "start nginx") exit 0 ;;
"restart nginx") exec grep -q '^user www-data latchkey-proxy;$' ROOT/etc/nginx/nginx.conf ;;
esac
member() { sed -n "s/^$1=//p" ROOT/etc/systemd/system/latchkey.service | sed 's#/usr/local/#ROOT&#; s#/etc/#ROOT&#'; }
ready() { env $(member Environment) ROOT/usr/local/bin/latchkey health >/dev/null 2>&1; }
if [ -e ROOT/pid ]; then
  kill "$(cat ROOT/pid)"
  while ready; do sleep 0.02; done
fi
env $(member Environment) $(member ExecStart) >>ROOT/log 2>&1 3<&- &
echo $! >ROOT/pid
until ready; do kill -0 $! && sleep 0.02; done
`

// aptGet installs the configuration file of nginx, with the user of Debian and Ubuntu.
const aptGet = `#!/bin/sh
set -eu
test "$*" = "install --yes nginx certbot"
mkdir -p ROOT/etc/nginx
printf 'user www-data;\nworker_processes auto;\n' >ROOT/etc/nginx/nginx.conf
`

// certbot writes files in place of a certificate. Like the real one, it needs port 80 at each
// renewal, and stores the commands that free the port.
const certbot = `#!/bin/sh
set -eu
if test "$*" = "renew --dry-run"; then
  $(cat ROOT/pre-hook)
  exec $(cat ROOT/post-hook)
fi
test "$1 $2 $3 $4 $5 $7" = "certonly --standalone --domain id.example.com --pre-hook --post-hook"
test "$6 $8" = "systemctl stop nginx systemctl start nginx"
echo "$6" >ROOT/pre-hook
echo "$8" >ROOT/post-hook
$6
mkdir -p ROOT/etc/letsencrypt/live/id.example.com
touch ROOT/etc/letsencrypt/live/id.example.com/fullchain.pem ROOT/etc/letsencrypt/live/id.example.com/privkey.pem
`

// nginxTest checks that the settings of nginx name the site and files that exist.
// TestDeploymentBehindNginx runs nginx with them.
const nginxTest = `#!/bin/sh
set -eu
test "$*" = -t
settings=ROOT/etc/nginx/conf.d/latchkey.conf
grep -q '^ *server_name id.example.com;' "$settings"
for file in $(sed -n 's/^ *ssl_certificate\(_key\)\{0,1\} *\(.*\);/\2/p' "$settings"); do
  test -e "ROOT$file"
done
`
