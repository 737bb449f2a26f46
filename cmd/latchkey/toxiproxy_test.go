package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/needs"
)

// network is a toxiproxy between nodes and their database.
type network struct {
	api    string
	listen string // host:port
}

// startNetwork starts a toxiproxy that forwards to a port of this machine.
func startNetwork(t *testing.T, port int) *network {
	t.Helper()
	path, err := exec.Command("go", "tool", "-modfile=../../tools/go.mod", "-n", "github.com/Shopify/toxiproxy/v2/cmd/server").Output()
	if err != nil {
		needs.Missing(t, "toxiproxy")
	}
	free := strconv.Itoa(needs.Port(t))
	cmd := exec.Command(strings.TrimSpace(string(path)), "-host", "127.0.0.1", "-port", free)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	n := &network{api: "http://127.0.0.1:" + free + "/proxies"}
	for deadline := giveUp(t); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get(n.api)
		if err == nil {
			_ = response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("toxiproxy does not start")
		}
	}
	var created struct{ Listen string }
	n.call(t, "POST", "", map[string]any{"name": "db", "listen": needs.Address(t), "upstream": fmt.Sprintf("127.0.0.1:%d", port)}, &created)
	n.listen = created.Listen
	return n
}

func (n *network) call(t *testing.T, method, path string, body, answer any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(method, n.api+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err = io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("toxiproxy: %d %s %v", response.StatusCode, text, err)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			t.Fatal(err)
		}
	}
}

// up enables or disables the network. Disabling it closes all connections.
func (n *network) up(t *testing.T, up bool) {
	t.Helper()
	n.call(t, "POST", "/db", map[string]any{"enabled": up}, nil)
}

// harm adds a fault to the data that comes from the database ("downstream") or
// goes to it ("upstream"), until heal is called.
func (n *network) harm(t *testing.T, kind, stream string, attributes map[string]any) (heal func()) {
	t.Helper()
	n.call(t, "POST", "/db/toxics", map[string]any{"name": "harm", "type": kind, "stream": stream, "attributes": attributes}, nil)
	return func() {
		t.Helper()
		n.call(t, "DELETE", "/db/toxics/harm", nil, nil)
	}
}
