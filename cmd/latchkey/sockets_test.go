package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// over returns an HTTP client that connects to a Unix socket.
func over(socket string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
}

// shortDir returns a folder with a short path: that of a Unix socket has at most
// 107 bytes.
func shortDir(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "lk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// TestServeListensOnUnixSockets also checks that the socket of a process that was
// killed is replaced, and that of a running one is not.
func TestServeListensOnUnixSockets(t *testing.T) {
	folder := shortDir(t)
	public, inside := filepath.Join(folder, "public"), filepath.Join(folder, "ops")
	t.Setenv("LATCHKEY_ADDR", "unix:"+public)
	t.Setenv("LATCHKEY_OPS_ADDR", "unix:"+inside)
	t.Setenv("LATCHKEY_ISSUER", "https://id.example.com/o")
	first := serve(t, t.TempDir())
	if first.listens != "unix:"+public || first.ops != "unix:"+inside {
		t.Errorf("listens on %q, %q", first.listens, first.ops)
	}
	info, err := os.Stat(public)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the mode of the socket is %v, %v", info.Mode(), err)
	}
	if out, err := exec.Command(program(t), "serve", "--data", t.TempDir()).CombinedOutput(); err == nil || !strings.Contains(string(out), "another process listens on it") {
		t.Errorf("a second server on the same socket: %v %s", err, out)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if out, err := exec.Command(program(t), "health").CombinedOutput(); err == nil {
		t.Errorf("health of a killed server: %s", out)
	}
	data := t.TempDir()
	second := serve(t, data)
	for _, args := range [][]string{{"health"}, {"health", "--ready"}} {
		if out, err := exec.Command(program(t), args...).CombinedOutput(); err != nil || !strings.Contains(string(out), "ok") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
	request, err := http.NewRequest(http.MethodGet, "http://id.example.com/o/.well-known/jwks.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Forwarded-For", "203.0.113.9")
	response, err := over(public).Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	_ = response.Body.Close()
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{public, inside} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s remains", path)
		}
	}
	log, err := os.ReadFile(second.log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), `"remote":"203.0.113.9"`) {
		t.Errorf("the proxy at a Unix socket is not trusted to name the client: %s", log)
	}
}

func TestUnixSocketNeedsAnIssuerAndReplacesNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "file")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--addr", "unix:" + path + ".sock"}, "set --issuer"},
		{[]string{"--addr", "unix:" + path, "--issuer", "https://id.example.com/o"}, "is not a socket"},
	} {
		out, err := exec.Command(program(t), append([]string{"serve", "--data", t.TempDir()}, test.args...)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), test.want) {
			t.Errorf("%v: %v %s", test.args, err, out)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Error(string(text), err)
	}
}

// pass returns a command that runs the server as systemd does after a connection
// to one of the listeners: see sd_listen_fds(3).
func pass(t *testing.T, names string, listeners []net.Listener, args ...string) *exec.Cmd {
	t.Helper()
	script := `LISTEN_PID=$$ exec "$0" "$@"`
	cmd := exec.Command("sh", append([]string{"-c", script, program(t), "serve"}, args...)...)
	for _, l := range listeners {
		file, err := l.(interface{ File() (*os.File, error) }).File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = file.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	count := string(rune('0' + len(listeners)))
	cmd.Env = append(os.Environ(), "LISTEN_FDS="+count, "LISTEN_FDNAMES="+names)
	return cmd
}

func listenFor(t *testing.T, network, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// TestServeUsesTheSocketsOfSystemd: the sockets stay open while the server is
// restarted, so connections wait for the next process.
func TestServeUsesTheSocketsOfSystemd(t *testing.T) {
	t.Parallel()
	folder := shortDir(t)
	public, inside := listenFor(t, "unix", filepath.Join(folder, "public")), listenFor(t, "tcp", "127.0.0.1:0")
	data := t.TempDir()
	for range 2 {
		s := started(t, data, pass(t, "latchkey.socket:ops", []net.Listener{public, inside}, "--data", data, "--issuer", "https://id.example.com/o"))
		if s.listens != "unix:"+public.Addr().String() || s.ops != "http://"+inside.Addr().String() {
			t.Errorf("listens on %q, %q", s.listens, s.ops)
		}
		response, err := over(public.Addr().String()).Get("http://id.example.com/o/.well-known/jwks.json")
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatal(response, err)
		}
		_ = response.Body.Close()
		_ = awaitReady(t, s)
		if err := s.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := s.Wait(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(public.Addr().String()); err != nil {
			t.Fatalf("the socket of systemd was removed: %v", err)
		}
	}
	t.Log("with TLS on the socket, as without a proxy")
	secured := listenFor(t, "tcp", "127.0.0.1:0")
	s := started(t, data, pass(t, "latchkey.socket", []net.Listener{secured}, "--data", data, "--tls-self-signed"))
	_, port, _ := net.SplitHostPort(secured.Addr().String())
	if !strings.HasPrefix(s.listens, "https://") || !strings.HasSuffix(s.listens, ":"+port) {
		t.Errorf("listens on %q", s.listens)
	}
	if _, err := http.Get("https://" + secured.Addr().String()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a client that does not trust the certificate: %v", err)
	}
	two := []net.Listener{listenFor(t, "tcp", "127.0.0.1:0"), listenFor(t, "tcp", "127.0.0.1:0")}
	if out, err := pass(t, "a:b", two, "--data", data).CombinedOutput(); err == nil || !strings.Contains(string(out), "more than one socket for --addr") {
		t.Errorf("two sockets: %v %s", err, out)
	}
}

// TestServeReportsItsStateToSystemd: see sd_notify(3).
func TestServeReportsItsStateToSystemd(t *testing.T) {
	path := filepath.Join(shortDir(t), "notify")
	states, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = states.Close() }()
	if err := states.SetReadDeadline(giveUp(t)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	s := serve(t, t.TempDir(), "--addr", "localhost:0")
	var got []string
	for _, want := range []string{"READY=1", "STOPPING=1"} {
		buffer := make([]byte, 100)
		n, err := states.Read(buffer)
		if err != nil {
			t.Fatalf("waiting for %s: %v", want, err)
		}
		got = append(got, string(buffer[:n]))
		_ = s.Process.Signal(syscall.SIGTERM)
	}
	if !slices.Equal(got, []string{"READY=1", "STOPPING=1"}) {
		t.Errorf("got %q", got)
	}
	if err := s.Wait(); err != nil {
		t.Error(err)
	}
}
