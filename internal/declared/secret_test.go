package declared_test

import (
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
