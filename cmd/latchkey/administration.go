package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// administration has the operations of the commands for applications, users and their access.
// inDatabase performs them in the database, and atServer through the admin API of a running
// server. Both check the values, and record the change in the audit log.
type administration interface {
	// Issuer returns the issuer of the server, or unknownIssuer.
	Issuer(ctx context.Context) (string, error)
	// PersonClaims returns whether the server sends the names and email addresses of people.
	PersonClaims(ctx context.Context) (clientfields.PersonClaims, error)
	applications
	users
	imports
	access
	groups
	invitations
	registrations
	keys
	auditLog
	providers
}

// applications manages applications. The methods that change one set it to its new state.
type applications interface {
	Application(ctx context.Context, id string) (*oauth.Client, error)
	// EachApplication calls do for every application, with its last use, which is zero if it was not used.
	EachApplication(ctx context.Context, search string, do func(client *oauth.Client, usedAt time.Time)) error
	// AddApplication adds an application with a secret, or with a generated one, which is
	// returned, if it needs one. A secret that is returned with an error was added, and must be
	// printed: it cannot be read again. So is one of RotateSecret.
	AddApplication(ctx context.Context, client *oauth.Client, secret string) (generated string, err error)
	// EditApplication applies a change, again if the application was changed at the same time.
	EditApplication(ctx context.Context, client *oauth.Client, change func(*oauth.Client) error) error
	RotateSecret(ctx context.Context, client *oauth.Client, overlap time.Duration, readable bool) (secret string, err error)
	// RevokeRegistrationToken returns oauth.ErrNoRegistrationToken if the application did not register
	// itself.
	RevokeRegistrationToken(ctx context.Context, client *oauth.Client) error
	// Secrets describes the secrets of an application, the newest first, without the secrets.
	Secrets(ctx context.Context, client *oauth.Client) ([]appSecret, error)
	SwitchApplication(ctx context.Context, client *oauth.Client, disabled, keepTokens bool) error
	DeleteApplication(ctx context.Context, client *oauth.Client, permanently bool) error
	DeletedApplications(ctx context.Context) ([]deletedApplication, error)
	RestoreApplication(ctx context.Context, id string) error
	// UsualScopes returns the scopes that most applications like this one need.
	UsualScopes(ctx context.Context, client *oauth.Client) (oauth.Scopes, error)
}

// deletedApplication is an application that can be restored.
type deletedApplication struct {
	ClientID   string    `json:"client_id"`
	ClientName string    `json:"client_name"`
	DeletedAt  time.Time `json:"deleted_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// users manages accounts.
type users interface {
	User(ctx context.Context, name string) (*account.User, error)
	// Username returns the username of an account, or "" if the id is empty or unknown.
	Username(ctx context.Context, id string) (string, error)
	EachUser(ctx context.Context, search string, do func(*account.User)) error
	AddUser(ctx context.Context, n account.NewUser) (*account.User, error)
	EditUser(ctx context.Context, u *account.User, change func(*account.User) error) error
	SwitchUser(ctx context.Context, u *account.User, disabled, keepTokens bool) error
	DeleteUser(ctx context.Context, u *account.User) error
	SetPassword(ctx context.Context, u *account.User, password string) error
	// Metadata returns the metadata of a user, or an empty text.
	Metadata(ctx context.Context, u *account.User) (json.RawMessage, error)
	SetMetadata(ctx context.Context, u *account.User, metadata json.RawMessage) error
	// Factors returns the factors of a user, without secrets.
	Factors(ctx context.Context, u *account.User) ([]account.Factor, error)
	ResetFactors(ctx context.Context, u *account.User) error
}

// access manages login sessions, consents and tokens.
type access interface {
	// Usage returns what a deletion would delete, or nil if that is not known.
	Usage(ctx context.Context, f oauth.FamilyFilter) (*oauth.Usage, error)
	// EachSession and EachConsent call do for each row, newest first. The zero person and an empty
	// clientID select all.
	EachSession(ctx context.Context, of person, do func(sessionOutput) error) error
	EachConsent(ctx context.Context, clientID string, of person, do func(consentOutput) error) error
	EndSession(ctx context.Context, id string) error
	// Person returns the person with a username. If the people are those of a host program, it
	// returns the one with this subject.
	Person(ctx context.Context, name string) (person, error)
	// ExportPerson returns what is stored about a person, without secrets, as JSON.
	ExportPerson(ctx context.Context, p person) (json.RawMessage, error)
	// HasAccess reports whether an application, or any if the clientID is empty, has a consent or
	// tokens of the person.
	HasAccess(ctx context.Context, clientID string, p person) (bool, error)
	// EndSessions ends all login sessions of a person.
	EndSessions(ctx context.Context, p person) error
	// Withdraw withdraws the consent of a person to an application, and revokes the tokens.
	Withdraw(ctx context.Context, clientID string, p person) error
	// RevokeApplication and RevokePerson revoke everything that was issued. RevokePerson also ends
	// the sessions and the API tokens of the person.
	RevokeApplication(ctx context.Context, clientID string) error
	RevokePerson(ctx context.Context, p person) error
	// RevokeAll revokes everything that was issued to all applications up to a time, the API
	// tokens of people, except the one that the command uses, and the initial access tokens. It
	// ends the login sessions, and withdraws the open invitations. In a database, it also deletes
	// the remembered browsers.
	RevokeAll(ctx context.Context, until time.Time) (revoked, error)
}

// A person is a user, or a person of a host program.
type person struct {
	subject  string // the ID of the account, or the Subject of a latchkey.Person
	username string // empty if the people are those of a host program
}

// ofProgram reports whether the person is one of a host program.
func (p person) ofProgram() bool { return p.subject != "" && p.username == "" }

// String returns the name that commands show for the person.
func (p person) String() string { return cmp.Or(p.username, p.subject) }

// personHelp is the end of the help texts of the flags that accept a person.
const personHelp = " with this username; if the database belongs to a program with Options.People, use the subject of the person instead"

// sessionOutput is a login session in JSON, as in the admin API.
type sessionOutput struct {
	ID        string    `json:"id"`
	Person    string    `json:"person"`
	Username  string    `json:"username,omitempty"`
	Methods   []string  `json:"methods"`
	Address   string    `json:"address,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
	AuthTime  time.Time `json:"auth_time"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// consentOutput is a consent in JSON, as in the admin API.
type consentOutput struct {
	Person     string    `json:"person"`
	Username   string    `json:"username,omitempty"`
	ClientID   string    `json:"client_id"`
	ClientName string    `json:"client_name,omitempty"`
	Scope      string    `json:"scope"` // remembered
	GrantedAt  time.Time `json:"granted_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	EndsAt     time.Time `json:"ends_at,omitzero"`
	// Active, Access and Until are the access of the application at present.
	Active bool      `json:"active"`
	Access string    `json:"access_scope,omitempty"`
	Until  time.Time `json:"access_until,omitzero"`
}

// errEnough ends a list that has enough rows.
var errEnough = errors.New("enough")

// serverFlag is the flag of the commands that can use a running server.
const serverFlag = "server"

// addServerFlag adds --server to a command that uses withAdministration.
func (c *command) addServerFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&c.server, serverFlag, "", "use the admin API of the running server at this URL, such as https://id.example.com, instead of a database; the token is in "+tokenVariable+" or "+tokenVariable+"_FILE")
	return cmd
}

// withAdministration calls run with the database, or with the running server that the command
// line names.
func (c *command) withAdministration(cmd *cobra.Command, run func(administration) error) error {
	if c.server == "" {
		return c.withStore(cmd.Context(), func(store *sqlstore.Store) error { return run(&inDatabase{c, cmd, store}) })
	}
	for _, name := range []string{"db", "data"} {
		if flag := cmd.Flags().Lookup(name); flag != nil && flag.Changed {
			return usageError{"--server and --" + name + " cannot be used together: use one of them"}
		}
	}
	if err := c.unavailable(cmd); err != nil {
		return err
	}
	at, err := c.openServer(cmd.Context())
	if err != nil {
		return err
	}
	return run(at)
}
