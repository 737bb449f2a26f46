package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs short sessions with the real binary.
func TestScripts(t *testing.T) {
	path := program(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LATCHKEY_DATA", e.WorkDir+"/data")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("PATH", filepath.Dir(path)+string(os.PathListSeparator)+e.Getenv("PATH"))
			receiver := httptest.NewServer(&webhookReceiver{e.WorkDir})
			e.Defer(receiver.Close)
			e.Setenv("RECEIVER", receiver.URL)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"latchkey": func(script *testscript.TestScript, mustFail bool, args []string) {
				if err := script.Exec(path, args...); (err != nil) != mustFail {
					script.Fatalf("latchkey %v: %v", args, err)
				}
			},
			"signed": func(script *testscript.TestScript, mustFail bool, args []string) {
				if signed := isSigned([]byte(script.ReadFile(receivedMessage)), args[0]); signed == mustFail {
					script.Fatalf("the message is signed with this secret: %t", signed)
				}
			},
		},
	})
}

// receivedMessage is the file with the last request that a webhookReceiver got.
const receivedMessage = "received.http"

// webhookReceiver writes requests to a file in its folder, and responds with the status
// in the path, or 204.
type webhookReceiver struct{ folder string }

func (h *webhookReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := httputil.DumpRequest(r, true)
	if err == nil {
		err = os.WriteFile(filepath.Join(h.folder, receivedMessage), text, 0o600)
	}
	status, wrong := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	switch {
	case err != nil:
		status = http.StatusInsufficientStorage
	case wrong != nil:
		status = http.StatusNoContent
	}
	w.WriteHeader(status)
}

// isSigned reports whether a message has a signature with the secret, by the rules of
// Standard Webhooks.
func isSigned(request []byte, secret string) bool {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		return false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) == 0 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(r.Header.Get("Webhook-Id") + "." + r.Header.Get("Webhook-Timestamp") + "." + string(body)))
	return slices.Contains(strings.Fields(r.Header.Get("Webhook-Signature")), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
