package provider_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestACRValuesOfTheOwnLoginAreThreeAndDiffer (OpenID Connect Core §2, §3.1.2.1).
func TestACRValuesOfTheOwnLoginAreThreeAndDiffer(t *testing.T) {
	for values, want := range map[string]string{
		"":                                "",
		"low,middle,high":                 "",
		"low,high":                        "has 2 values",
		"low,high,low":                    `"low" is repeated`,
		"low,two words,high":              `"two words" must consist`,
		"low,,high":                       `"" must consist`,
		"low,high\u00e9,x":                "must consist",
		"low,high,line\nbreak":            "must consist",
		"l,h," + strings.Repeat("a", 256): "must consist",
	} {
		var settings provider.Settings
		if values != "" {
			settings.ACRValues = strings.Split(values, ",")
		}
		err := provider.Check(provider.Config{Issuer: issuer, Settings: settings, OwnLogin: true})
		if (err == nil) != (want == "") || want != "" && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", values, err, want)
		}
	}
}
