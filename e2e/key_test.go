package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestConsumerAuthenticatesWithAKey: RFC 7523 §2.2. The second use of an assertion
// is rejected.
func TestConsumerAuthenticatesWithAKey(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	b := newBrowser(t, true)
	b.open(d.consumer + "/consumer/key/")
	b.accessible("the page that authenticates with a key")
	keys := filepath.Join(t.TempDir(), "jwks.json")
	if err := os.WriteFile(keys, []byte(b.value("#jwks")), 0o600); err != nil {
		t.Fatal(err)
	}
	const id = "keyed"
	out, err := exec.Command(binary, "app", "add", "--data", d.data, "--name", "Keyed", "--client-id", id, "--grant", "client",
		"--auth-method", "private_key_jwt", "--jwks", keys, "--origin", d.consumer, "--scope", "read").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.says("The endpoints were read")
	b.typed("#client_id", id)
	b.typed("#scope", "read")
	b.click("#request-token")
	b.says("The provider returned an access token")
	b.says(`"sub": "keyed"`)
	b.click("#replay")
	b.says("used before")
	b.click("#request-token")
	b.says("The provider returned an access token")

	// The key lasts longer than the page.
	b.open(d.consumer + "/consumer/key/?client_id=" + id)
	b.says("The endpoints were read")
	b.typed("#scope", "read")
	b.click("#request-token")
	b.says("The provider returned an access token")
}
