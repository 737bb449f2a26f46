package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/seed-e6a88a41/latchkey/internal/passkeys"
)

// LoginWays are the ways in which a person can log in. At least one of them is set.
type LoginWays struct {
	Password bool // with a password
	Passkeys bool // with a passkey
	// Providers are names of Config.Providers.
	Providers []string
}

// LoginWays returns the ways in which the person with a username or a verified email address
// can log in. For a name without an account, it also returns ways to log in: they depend only
// on the name and the key of the server, and need the same calls of the Store. So the answer for one name does not
// reveal whether it has an account. Several answers can: the username and the address of one
// person have the same ways, and the ways of a person change over time, when those of other
// names do not. Therefore, the caller accepts only names that EnterName has counted, or that of
// a person who is known.
func (a *Accounts) LoginWays(ctx context.Context, name string) (LoginWays, error) {
	ways, _, err := a.loginWays(ctx, name)
	return ways, err
}

// loginWays is LoginWays, and also returns the passkeys (WebAuthn §14.6.2).
func (a *Accounts) loginWays(ctx context.Context, name string) (ways LoginWays, allow []passkeys.Descriptor, err error) {
	candidates, err := a.loginCandidates(ctx, name)
	if err != nil {
		return LoginWays{}, nil, err
	}
	providers, err := a.providers(ctx)
	if err != nil {
		return LoginWays{}, nil, err
	}
	invented := a.inventWays(name, providers)
	for _, u := range candidates {
		if u.ID == "" {
			_, err = a.Store.Factors(ctx, invented.id)
			return invented.ways, invented.allow, err
		}
		have, err := a.Store.Factors(ctx, u.ID)
		if err != nil {
			return LoginWays{}, nil, err
		}
		ways.Password = ways.Password || u.PasswordHash != "" && a.LogsInHere(u)
		for _, f := range have {
			for _, name := range namesOf(f, providers) {
				if !slices.Contains(ways.Providers, name) {
					ways.Providers = append(ways.Providers, name)
				}
			}
			if body, err := f.passkey(); err == nil && body.Verified && a.RelyingParty.ID != "" && a.LogsInHere(u) {
				allow = append(allow, passkeys.Descriptor{ID: body.CredentialID}) // transports would tell models apart
			}
		}
	}
	ways.Passkeys = len(allow) > 0
	ways.Password = ways.Password || !ways.Passkeys && len(ways.Providers) == 0
	return ways, allow, nil
}

// invention is the answer for a name without an account.
type invention struct {
	id    string // of no user
	ways  LoginWays
	allow []passkeys.Descriptor
}

// inventWays derives the answer from the name: half of the names have passkeys, a quarter
// have each provider, and some of these have no password. A provider is drawn independently of
// the others, so a change of the providers changes nothing else in the answer.
func (a *Accounts) inventWays(name string, providers []OtherProvider) (i invention) {
	canonical := loginName(name)
	draw := func(what string) []byte {
		mac := hmac.New(sha256.New, a.keyFor("ways of names without an account"))
		mac.Write([]byte(what + "\x00" + canonical))
		return mac.Sum(nil)
	}
	chance := draw("ways")
	i.id = uuid.UUID(draw("user")[:16]).String()
	for _, p := range providers {
		if draw("provider " + p.Name)[0] < 64 {
			i.ways.Providers = append(i.ways.Providers, p.Name)
		}
	}
	if a.RelyingParty.ID != "" && chance[5] < 128 {
		i.ways.Passkeys = true
		for more := true; more && len(i.allow) < MaxPasskeys; {
			random := append(draw(fmt.Sprint("passkey ", len(i.allow))), draw(fmt.Sprint("end of passkey ", len(i.allow)))...)
			i.allow = append(i.allow, passkeys.Descriptor{ID: random[:inventedLength(random[63])]})
			more = random[62] < 80
		}
	}
	i.ways.Password = chance[7] >= 32 || !i.ways.Passkeys && len(i.ways.Providers) == 0
	return i
}

// inventedLength returns the length of the ID of a passkey, as common authenticators have them.
func inventedLength(random byte) int {
	switch {
	case random < 96:
		return 16
	case random < 160:
		return 20
	case random < 224:
		return 32 // of a computer
	case random < 240:
		return 48 // of a security key, as 62
	}
	return 62
}

// IsNamed reports whether a name is the username or the verified email address of a user.
func (u *User) IsNamed(name string) bool {
	key := loginName(name)
	return key != "" && (key == loginName(u.Username) || u.EmailVerified() && sameAddress(u.Email, key))
}

// nameTTL is how long a person can continue with a name that they entered. After that, they
// enter it again: the address of the page may be in the history of a shared browser.
const nameTTL = time.Hour

// enteredName is the content of a sealed name.
type enteredName struct {
	Name string `json:"n"`
	At   int64  `json:"t"` // milliseconds
}

// maxLoginName is the length of the longest name that SealName accepts, in bytes.
const maxLoginName = 256

// EnterName is SealName for a name that a person has entered. It returns *ThrottledError after
// too many names from the same address, because the ways of a name say something about it (see
// LoginWays).
func (a *Accounts) EnterName(ctx context.Context, name, secret string, client netip.Addr) (sealed string, err error) {
	if sealed, err = a.SealName(name, secret); err != nil {
		return "", err
	}
	if err = a.countAttempt(ctx, AttemptLimit{Key: addressKeyFor("name", client), Max: maxNamesPerAddress}); err != nil {
		return "", err
	}
	return sealed, nil
}

// SealName returns a text with which a person continues the login with a name, in
// this browser, within an hour: secret is a text that only this browser has, and must not be empty. It returns
// the errors of CanonicalUsername if there is no name, or if it is too long.
func (a *Accounts) SealName(name, secret string) (string, error) {
	if secret == "" {
		return "", errors.New("account: a login must be bound to a browser")
	}
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxLoginName || !isText(name) {
		_, err := CanonicalUsername(name)
		return "", err
	}
	content, err := json.Marshal(enteredName{name, a.now().UnixMilli()})
	if err != nil {
		return "", err
	}
	return a.seal("login names", content, secret)
}

// OpenName returns the name that SealName sealed in the last hour, or an empty text.
func (a *Accounts) OpenName(sealed, secret string) string {
	const maxSealed = 4 << 10
	if secret == "" || len(sealed) > maxSealed {
		return ""
	}
	content, err := a.unseal("login names", sealed, secret)
	var entered enteredName
	if err != nil || json.Unmarshal(content, &entered) != nil {
		return ""
	}
	if age := a.now().Sub(time.UnixMilli(entered.At)); age >= nameTTL || age < -nameTTL { // the clocks of servers differ
		return ""
	}
	return entered.Name
}
