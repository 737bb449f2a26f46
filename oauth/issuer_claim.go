package oauth

import (
	"fmt"
	"sync"
)

// IssuerClaim is embedded in a Store, so that it serves one issuer. Opaque tokens, codes
// and login sessions in a Store name no issuer, so each issuer that used it would accept
// those of the others. The zero value is ready to use.
type IssuerClaim struct {
	mu     sync.Mutex
	issuer string
}

// ClaimIssuer returns an error if another issuer has claimed the Store in this process.
// latchkey.New calls it.
func (c *IssuerClaim) ClaimIssuer(issuer string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.issuer != "" && c.issuer != issuer {
		return fmt.Errorf("the Store belongs to the issuer %s, which would accept the tokens of %s, and vice versa. Give each issuer its own Store: a SQLite file, or a schema in PostgreSQL", c.issuer, issuer)
	}
	c.issuer = issuer
	return nil
}
