package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// WCAG 2.2 §1.4.11: a button must be visible.
func TestColorOfAnApplicationNeedsContrast(t *testing.T) {
	for color, want := range map[string]string{
		"":         "",
		"#7a1fa2":  "",
		"#ffe600":  "contrast of this color with the light background of the page is 1.1",
		"purple":   "# and six hexadecimal digits",
		"#7a1fa2;": "# and six hexadecimal digits",
	} {
		c := &oauth.Client{ID: "c", Name: "Shop", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://shop.example/cb"}, BrandColor: color}
		faults := provider.ValidateClient(c, nil)
		switch {
		case want == "" && len(faults) > 0:
			t.Errorf("%s: got %v", color, faults)
		case want != "" && (len(faults) != 1 || faults[0].Field != "brand_color" || !strings.Contains(faults[0].Message, want)):
			t.Errorf("%s: got %v, want %q", color, faults, want)
		}
	}
}
