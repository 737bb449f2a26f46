package declared_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEarlierSecretThatIsDeclaredAgainRemainsValid: it would expire within a day, and the secret
// that the file has withdrawn would not.
func TestEarlierSecretThatIsDeclaredAgainRemainsValid(t *testing.T) {
	for name, secrets := range map[string][2]string{
		"generated": {generated(), generated()}, "chosen": {"the secret of the shop", "another secret of the shop"},
	} {
		d := open(t)
		for _, secret := range []string{secrets[0], secrets[1], secrets[0]} {
			d.env["SHOP_SECRET"] = secret
			d.apply(shop, false)
		}
		c, err := d.store.Client(t.Context(), "shop")
		must(t, err)
		later := now.Add(48 * time.Hour)
		known, err := c.HasSecret(secrets[0], later)
		must(t, err)
		other, err := c.HasSecret(secrets[1], later)
		must(t, err)
		if !known || other {
			t.Errorf("%s: after two days the declared secret is accepted: %t, the earlier one: %t", name, known, other)
		}
		ids := make(map[string]bool)
		for _, s := range c.Secrets {
			if ids[s.ID] {
				t.Errorf("%s: two secrets have the ID %s", name, s.ID)
			}
			ids[s.ID] = true
		}
	}
}

// TestSecretThatCanBeGuessedIsRejected: a file is new, so no application depends on such a secret.
func TestSecretThatCanBeGuessedIsRejected(t *testing.T) {
	d := open(t)
	d.env["SHOP_SECRET"] = "hunter2!"
	if p, err := d.plan(shop, false); err == nil || !strings.Contains(err.Error(), "can be guessed") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a new application: %v, %v", p, err)
	}
	d.env["SHOP_SECRET"] = generated()
	d.apply(shop, false)
	d.env["SHOP_SECRET"] = "x"
	if p, err := d.plan(shop, false); err == nil || !strings.Contains(err.Error(), "can be guessed") {
		t.Errorf("another secret: %v, %v", p, err)
	}
}

// TestSecretIsReadWithoutTheLineEnd: from a file and from the environment, and only up to a limit.
func TestSecretIsReadWithoutTheLineEnd(t *testing.T) {
	d := open(t)
	d.env["SHOP_SECRET"] = "the secret of the shop\n"
	must(t, os.WriteFile(filepath.Join(d.folder, "secret"), []byte("the secret of the shop\r\n"), 0o600))
	d.apply(shop, false)
	d.env["SHOP_SECRET"] = "\n"
	if _, err := d.plan(shop, false); err == nil || !strings.Contains(err.Error(), "is not set") {
		t.Errorf("an empty variable: %v", err)
	}
	p, err := d.plan(strings.Replace(shop, "secret_env: SHOP_SECRET", "secret_file: secret", 1), false)
	if err != nil || len(p.Steps) > 0 {
		t.Errorf("the secret differs in a file: %v, %v", p, err)
	}
	if _, err := d.plan(strings.Replace(shop, "secret_env: SHOP_SECRET", "secret_file: /dev/zero", 1), false); err == nil || !strings.Contains(err.Error(), "larger than 64 KiB") {
		t.Errorf("a file without an end: %v", err)
	}
}
