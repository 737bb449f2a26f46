package account

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/internal/turns"
)

// Config configures Accounts. Zero values are safe defaults.
type Config struct {
	Store Store // keeps the people; required
	// Mails is the queue of mails, in the same database as Store. If it is nil, no
	// mails can be sent.
	Mails MailStore
	// Key authenticates device cookies and the links sent by mail. It must have
	// 32 random bytes. If it is nil, New generates a key that is lost when the
	// process exits.
	Key []byte

	// RelyingParty is the server for which passkeys are created. If it has no ID, there
	// are no passkeys. See OptionalRelyingParty.
	RelyingParty RelyingParty

	// Providers returns the other providers at which people can log in. If it is nil, people
	// log in only here.
	Providers func(context.Context) ([]OtherProvider, error)

	Settings
	// Fetch fetches a document of at most maxBytes. It is needed for
	// Settings.BreachList.
	Fetch func(ctx context.Context, url string, maxBytes int64) ([]byte, error)

	Clock func() time.Time // nil means time.Now

	// PasswordKey computes the keys of passwords. Nil means argon2.IDKey.
	PasswordKey PasswordKey
	// InsecurePasswordHashes is for tests: it makes hashing a password cheap and insecure.
	InsecurePasswordHashes bool

	Logger *slog.Logger // nil means no logging
}

// Settings configure logins. A zero value means the default. They are declared only
// here, as provider.Settings are.
type Settings struct {
	SessionIdleTTL time.Duration `key:"session_idle_ttl" default:"12h" min:"1s" help:"how long a login session can stay unused"`
	SessionTTL     time.Duration `key:"session_ttl" default:"30d" min:"1s" help:"maximum lifetime of a login session"`
	// UnconfirmedTTL applies to accounts that people create themselves on a server
	// that sends emails.
	UnconfirmedTTL time.Duration `key:"unconfirmed_ttl" default:"7d" min:"1s" negative:"true" help:"how long an account that a person created is kept, if the person neither confirms the email address nor uses the account again; if negative, it is kept forever"`
	// OmitLoginNotices applies only to logins. People are always notified of a new
	// password and of a new email address.
	OmitLoginNotices bool `key:"omit_login_notices" help:"do not send emails about logins from a browser that has not been used for the account before"`
	// IdentifierFirst applies to the login page, unless LoginProvidersOnly is set. The page also offers ways to
	// log in for a name without an account, but a person who compares several names can learn something about
	// an account; see LoginWays.
	IdentifierFirst bool `key:"identifier_first" help:"the login page first asks for the username or email address, and then offers the ways in which this person can log in (default: the username and the password are on one page)"`
	// LoginProvidersOnly does not apply to administrators, who could otherwise not change the
	// provider when nobody can log in with it; see LogsInHere.
	LoginProvidersOnly bool `key:"login_providers_only" help:"people log in only at the login providers, and not with a password or a passkey of this server; administrators still can, at LOGIN_PAGE?local=yes. With a single provider, people are sent there without a page"`
	// DeletionGrace and ForbidDeletion apply to people who delete their own account.
	DeletionGrace  time.Duration `key:"deletion_grace" default:"7d" min:"1s" negative:"true" help:"time from a person's request to delete their account until it is deleted; until then it is disabled, and the person can keep it; if negative, it is deleted at once"`
	ForbidDeletion bool          `key:"forbid_deletion" help:"people cannot delete their own accounts"`
	// BreachList is the URL of a list of stolen passwords with the interface of
	// the range API of Have I Been Pwned: the first five hexadecimal digits of a
	// SHA-1 hash are appended to it.
	BreachList string `key:"breach_list" help:"URL to which the first five digits of the SHA-1 hash of a new password are appended to find out whether the password was stolen, such as https://api.pwnedpasswords.com/range/ (default: new passwords are not checked)"`
	// RememberBrowserTTL applies to browsers that RememberBrowser remembers.
	RememberBrowserTTL time.Duration `key:"remember_browser_ttl" default:"30d" min:"1s" negative:"true" help:"how long people are not asked for a second factor in a browser that they chose to remember; if negative, no browser is remembered"`
	// EmailCodes is one of EmailCodePolicies.
	EmailCodes string `key:"email_codes" default:"off" help:"whether people who do not have their second factor at hand can use a code that is sent to their confirmed email address instead, after the password: off, known_browsers (only in a browser in which they have used a second factor since the password was set) or everywhere (with everywhere, one mailbox is enough to log in: it receives the link for a new password, and the code); never for people with a role in the back office"`
	// PasskeyDomain is the domain of OptionalRelyingParty.
	PasskeyDomain string `key:"passkey_domain" help:"domain for which passkeys are created: the host of the issuer, or a domain above it, such as example.com, if other servers below it use the same passkeys; a change makes all passkeys invalid (default the host of the issuer)"`
}

// SettingsFaults returns everything that is wrong with settings whose defaults are set,
// except the PasskeyDomain, which OptionalRelyingParty checks.
func SettingsFaults(s Settings) []error {
	faults := settings.Faults(&s)
	if s.BreachList != "" && !isListURL(s.BreachList) {
		faults = append(faults, settings.Faultf("BreachList", " is %q; it must be an https URL to which digits can be appended, such as https://api.pwnedpasswords.com/range/", s.BreachList))
	}
	if !slices.Contains(EmailCodePolicies(), s.EmailCodes) {
		faults = append(faults, settings.Faultf("EmailCodes", " is %q; it must be one of %s", s.EmailCodes, strings.Join(EmailCodePolicies(), ", ")))
	}
	return faults
}

// isListURL reports whether text can be the URL of a breach list. http is allowed for a
// list on the same machine.
func isListURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "# ") {
		return false
	}
	address, _ := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || address.IsLoopback())
}

// seenInterval is the precision of Session.SeenAt. A longer interval means fewer
// writes.
const seenInterval = 5 * time.Minute

// Accounts performs all operations on accounts and sessions.
type Accounts struct {
	Config
	hashTurns    *turns.Turns  // limits how many passwords are hashed at the same time
	pictureTurns *turns.Turns  // limits how many pictures are decoded at the same time
	uploadTurns  *turns.Turns  // limits how many pictures are uploaded at the same time
	uploading    sync.Map      // the IDs of the users who upload one
	wakeSender   chan struct{} // a mail was queued by this process
	tokenUses    tokenUses     // uses of personal tokens that are stored later
}

// New returns Accounts with the given configuration.
func New(c Config) *Accounts {
	if c.Key == nil {
		c.Key = make([]byte, 32)
		_, _ = rand.Read(c.Key) // never fails (crypto/rand)
	}
	settings.SetDefaults(&c.Settings)
	c.IdentifierFirst = c.IdentifierFirst && !c.LoginProvidersOnly // its login page asks for no name
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Accounts{Config: c, hashTurns: turns.New(maxHashes(), maxWaitingHashes), pictureTurns: turns.New(1, maxWaitingPictures), uploadTurns: turns.New(maxUploads, 1), wakeSender: make(chan struct{}, 1)}
}

// maxHashes returns how many passwords can be hashed at the same time. It assumes that all of the
// hashes were imported, because those need the most memory.
func maxHashes() int { return turns.Passwords.AtOnce(maxHashMemory << 10) }

// now returns the current time with the precision of a Store.
func (a *Accounts) now() time.Time { return a.Clock().Truncate(time.Millisecond) }
