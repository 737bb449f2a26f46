package oauth

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// IssuerClaim is embedded in a Store, so that it serves one issuer. Opaque tokens, codes
// and login sessions in a Store name no issuer, so each issuer that used it would accept
// those of the others. The zero value is ready to use.
type IssuerClaim struct {
	mu     sync.Mutex
	issuer string
}

// ClaimIssuer returns an error if another issuer has claimed the Store in this process.
// latchkey.New calls it. It is safe for concurrent use.
func (c *IssuerClaim) ClaimIssuer(issuer string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.issuer != "" && c.issuer != issuer {
		return fmt.Errorf("the Store belongs to the issuer %s, which would accept the tokens of %s, and vice versa. Give each issuer its own Store: a SQLite file, or a schema in PostgreSQL", c.issuer, issuer)
	}
	c.issuer = issuer
	return nil
}

// IssuerStore records which issuer uses a Store, so that servers notice another one, in the
// same process or in another. Opaque tokens, codes and login sessions in a Store name no
// issuer, so each issuer would accept those of the others.
type IssuerStore interface {
	// ClaimIssuer returns an error if another issuer has claimed the Store in this
	// process. IssuerClaim implements it.
	ClaimIssuer(issuer string) error
	// UseIssuer records that a server with this issuer uses the Store, for use.Lasts from
	// now. If a server with another issuer uses it, UseIssuer records nothing, and returns an
	// *IssuerInUseError. Of servers that start at the same time with different issuers, one
	// succeeds.
	UseIssuer(ctx context.Context, use IssuerUse) error
	// EndIssuerUse deletes the record of a server that stops. An unknown server is ignored.
	EndIssuerUse(ctx context.Context, server string) error
	// Issuer returns the issuer for which UseIssuer last succeeded, even if no server uses
	// the Store now, or "" if none has used it.
	Issuer(ctx context.Context) (string, error)
	// HostPeople reports whether the people in the Store are those of a host program: whether
	// UseIssuer has succeeded with IssuerUse.HostPeople since the last call of ForgetHostPeople. The
	// Store then allows a change that leaves no enabled administrator, because the accounts are not
	// used.
	HostPeople(ctx context.Context) (bool, error)
	// ForgetHostPeople records that people have accounts in the Store again.
	ForgetHostPeople(ctx context.Context) error
}

// IssuerUse describes a server that uses a Store.
type IssuerUse struct {
	Server string // a random ID of the server
	Issuer string // the issuer of the server
	// Lasts is how long the record is valid.
	Lasts time.Duration
	// Idle is set if the background work of the server does not run.
	Idle bool
	// HostPeople is set if the people are those of a host program (latchkey.Options.People). The
	// Store keeps this record after the server has stopped, until ForgetHostPeople.
	HostPeople bool
	Node       Node // the process of the server
}

// IssuerInUseError is the error for a server whose Store is used by a server with another
// issuer.
type IssuerInUseError struct {
	Issuer string    // of the other server
	Until  time.Time // when its use ends, if it has crashed
}

// Error returns a message that names the other issuer and says what to do.
func (e *IssuerInUseError) Error() string {
	return fmt.Sprintf("a server with the issuer %s uses this database now, and each of the two would accept the opaque tokens, codes and login sessions of the other. Use the same issuer for all servers of a database, or give each issuer its own database: a SQLite file, or a schema in PostgreSQL. To change the issuer, stop all servers first. If the other server has crashed, wait until %s", e.Issuer, e.Until.UTC().Format(time.RFC3339))
}
