package oauth_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

var fixed = time.Date(2026, 3, 4, 5, 6, 7, 8e6, time.UTC)

func TestTokenTextIsUnique(t *testing.T) {
	token := oauth.NewToken(oauth.KindAccess, fixed)
	text := token.String()
	if len(text) != 77 || text[:6] != "lk_at_" {
		t.Errorf("got %q", text)
	}
	if got, ok := oauth.ParseToken(text, oauth.KindAccess); !ok || got != token {
		t.Errorf("got %+v", got)
	}
	for i := range text {
		for _, c := range "09AZaz_-\x00" {
			changed := text[:i] + string(c) + text[i+1:]
			if changed == text {
				continue
			}
			if _, ok := oauth.ParseToken(changed, oauth.KindAccess); ok {
				t.Errorf("R2.5: %q is a token too", changed)
			}
		}
	}
	for _, kind := range []oauth.Kind{oauth.KindRefresh, oauth.KindCode, oauth.KindClientSecret, "", "xx"} {
		if _, ok := oauth.ParseToken(text, kind); ok {
			t.Errorf("an access token is a %q", kind)
		}
	}
	zero := oauth.Token{Kind: oauth.KindAccess}
	full := oauth.Token{Kind: oauth.KindAccess, ID: oauth.ID(bytes.Repeat([]byte{255}, 16)), Secret: [32]byte(bytes.Repeat([]byte{255}, 32))}
	for _, edge := range []oauth.Token{zero, full} {
		if got, ok := oauth.ParseToken(edge.String(), oauth.KindAccess); !ok || got != edge {
			t.Errorf("%q is not read back", edge.String())
		}
	}
}

func TestNewIDsSortAfterOlderOnes(t *testing.T) {
	first, second := oauth.NewID(fixed), oauth.NewID(fixed.Add(time.Millisecond))
	if bytes.Compare(first[:], second[:]) >= 0 || !first.Time().Equal(fixed) {
		t.Errorf("%s at %s, then %s", first, first.Time(), second)
	}
	if got, err := oauth.ParseID(first.String()); err != nil || got != first || first[6]>>4 != 7 {
		t.Errorf("%s is read as %s: %v", first, got, err)
	}
	for _, bad := range []string{"", "x", "01a20a30-0f96-7766-b4c9-ad40215f973", "01a20a30-0f96-7766-b4c9-ad40215f973g", "01a20a3000f96-7766-b4c9-ad40215f973d"} {
		if _, err := oauth.ParseID(bad); err == nil {
			t.Errorf("%q is an id", bad)
		}
	}
}
