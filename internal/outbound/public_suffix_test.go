package outbound

import "testing"

// https://publicsuffix.org: the rules of registries and those of companies whose
// customers get names.
func TestPublicSuffixes(t *testing.T) {
	c := New(Options{})
	for domain, want := range map[string]bool{
		"com": true, "uk": true, "co.uk": true, "github.io": true, "vercel.app": true, "pages.dev": true, "xn--55qx5d.cn": true,
		"s3.amazonaws.com": true, "s3.eu-west-1.amazonaws.com": true, "internal": true,
		// below these domains, each name is a public suffix
		"compute.amazonaws.com": true, "ck": true, "anything.ck": true,
		"example.com": false, "preview.example.com": false, "example.co.uk": false, "app.example.co.uk": false,
		"ada.github.io": false, "preview.ada.github.io": false, "bucket.s3.eu-west-1.amazonaws.com": false, "corp.internal": false, "www.ck": false,
	} {
		if got := c.IsPublicSuffix(domain); got != want {
			t.Errorf("%s: %t", domain, got)
		}
	}
}
