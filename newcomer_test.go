package latchkey_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestCheckReportsWhatNewReports, apart from what needs a Store.
func TestCheckReportsWhatNewReports(t *testing.T) {
	for want, change := range map[string]func(*latchkey.Options){
		"MasterKey has 16 bytes; it must have at least 32 random bytes": func(o *latchkey.Options) { o.MasterKey = make([]byte, 16) },
		"Scopes and ScopeSource are both set. Remove one of them": func(o *latchkey.Options) {
			o.Scopes, o.ScopeSource = []oauth.ScopeInfo{{Name: "read"}}, noScopes
		},
		"the folder with the templates cannot be read: stat .: no such file or directory. The path of an os.DirFS is relative to the folder in which the program runs": func(o *latchkey.Options) {
			o.Templates = os.DirFS("nodir")
		},
		"the file assets/own.svg does not exist": func(o *latchkey.Options) { o.Templates = os.DirFS("testdata/missing-asset") },
	} {
		o := latchkey.Options{Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: []byte(strings.Repeat("0123456789abcdef", 4))}
		change(&o)
		_, err := latchkey.New(t.Context(), o)
		for name, err := range map[string]error{"New": err, "Check": latchkey.Check(t.Context(), o)} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v\nwant %s", name, err, want)
			}
		}
	}
}

func noScopes(context.Context) ([]oauth.ScopeInfo, error) { return nil, nil }

// rolePeople are logged in with a role.
type rolePeople struct {
	somePeople
	role account.Role
}

func (p rolePeople) Current(*http.Request) (*latchkey.Person, error) {
	return &latchkey.Person{Authentication: oauth.Authentication{Subject: "ada"}, Roles: account.Roles{p.role}}, nil
}

// TestRoleThatDoesNotExistIsReported: otherwise, a person with a misspelt role would have no
// permission, and the administrator would not see the reason.
func TestRoleThatDoesNotExistIsReported(t *testing.T) {
	for role, status := range map[account.Role]int{account.RoleAdministrator: http.StatusOK, "admin": http.StatusInternalServerError, "Administrator": http.StatusInternalServerError} {
		var log bytes.Buffer
		p := latchkeytest.New(t, func(o *latchkey.Options) {
			o.People, o.Logger = rolePeople{role: role}, slog.New(slog.NewTextHandler(&log, nil))
		})
		page := p.Browser().Open(p.URL + "/admin/")
		logged := strings.Contains(log.String(), "is not a role. Use account.RoleAdministrator")
		if page.StatusCode != status || logged != (status != http.StatusOK) {
			t.Errorf("%q: %s, and the log %s", role, page.Status, log.String())
		}
	}
}

func TestNewWarnsOfAMasterKeyThatIsEasyToGuess(t *testing.T) {
	random := []byte(strings.Repeat("0123456789abcdef", 4))
	for name, c := range map[string]struct {
		key  []byte
		weak bool
	}{
		"zeros":     {make([]byte, 32), true},
		"one byte":  {bytes.Repeat([]byte{1}, 40), true},
		"a phrase":  {[]byte("Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZSBjb3JyZWN0IGhvcnNl"), true}, // base64
		"different": {random, false},
	} {
		var log bytes.Buffer
		if _, err := latchkey.New(t.Context(), latchkey.Options{
			Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: c.key, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}); err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(log.String(), "the bytes of the master key are not random"); warned != c.weak {
			t.Errorf("%s: the log is %s", name, log.String())
		}
	}
}
