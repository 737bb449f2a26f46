package latchkey

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

const (
	// issuerUseLasts is how long after a crash another issuer is rejected.
	issuerUseLasts = time.Minute
	// issuerUseEvery is how often a server renews the record of its issuer.
	issuerUseEvery = 15 * time.Second
	// endWait limits how long a server that stops waits for the Store.
	endWait = 2 * time.Second
)

// claimStore checks that no other issuer uses the Store. Each of them would accept the
// opaque tokens, codes and login sessions of the other, because these name no issuer. If
// the Store does not respond, the server starts, and Run checks again. A change of the issuer
// is allowed and logged.
func (s *Server) claimStore(ctx context.Context) error {
	if err := s.options.Store.ClaimIssuer(s.options.Issuer); err != nil {
		return fmt.Errorf("latchkey: %w", err)
	}
	before, err := s.options.Store.Issuer(ctx)
	if err == nil {
		err = s.useIssuer(ctx)
	}
	if other, used := errors.AsType[*oauth.IssuerInUseError](err); used {
		return fmt.Errorf("latchkey: the Issuer is %s, but %w", s.options.Issuer, other)
	}
	if err != nil {
		s.options.Logger.WarnContext(ctx, "cannot check whether other servers on this database have the same issuer; this will be retried", "error", err.Error())
	}
	if err == nil {
		s.warnOfPeople(ctx)
	}
	if err == nil && before != "" && before != s.options.Issuer {
		s.options.Logger.WarnContext(ctx, "the issuer was changed, and this server accepts the opaque tokens, codes and login sessions that were issued under the earlier one; if the earlier issuer was another service, give each its own database", "issuer", s.options.Issuer, "earlier", before)
	}
	return nil
}

// warnOfPeople logs a warning if the Store has people who cannot log in to this server: people of a
// host program if this server has accounts, or people with an account if Options.People is set.
func (s *Server) warnOfPeople(ctx context.Context) {
	log := s.options.Logger
	hosted, err := s.options.Store.HostPeople(ctx)
	var users []*account.User
	if err == nil && s.options.People != nil {
		users, _, err = s.options.Store.Users(ctx, account.UserFilter{}, paging.Page{Limit: 1})
	}
	switch {
	case err != nil:
		log.WarnContext(ctx, "cannot check whether the people in the database can log in to this server", "error", err.Error())
	case len(users) > 0:
		log.WarnContext(ctx, "the database contains accounts, but nobody can log in to them, because the people are those of Options.People. Delete them, for example with latchkey user delete", "username", users[0].Username)
	case hosted && s.options.People == nil:
		log.WarnContext(ctx, "the people in this database are those of a program with Options.People, so they cannot log in to this server, which has accounts of its own. Stop this server, and run that program with Options.People. If people are to have accounts from now on, run latchkey user use-accounts, or call Server.UseAccounts")
	}
}

// UseAccounts records in the Store that people have accounts of Latchkey. Call it once if
// servers with Options.People have used the Store, and no such server will use it again. Until
// then, New logs a warning, and the last administrator can be deleted. It returns an error if
// Options.People is set, because the Server would record the opposite again.
func (s *Server) UseAccounts(ctx context.Context) error {
	if s.options.People != nil {
		return errors.New("latchkey: UseAccounts: the people are those of Options.People. Create the Server without it")
	}
	err := s.options.Store.ForgetHostPeople(ctx)
	s.acted(ctx, err, "Server.UseAccounts", audit.TargetAccounts, nil)
	return err
}

// useIssuer records that this server uses the Store.
func (s *Server) useIssuer(ctx context.Context) error {
	return s.options.Store.UseIssuer(ctx, oauth.IssuerUse{Server: s.id, Issuer: s.options.Issuer, Lasts: issuerUseLasts, Idle: s.work.forgotten(), HostPeople: s.options.People != nil, Node: s.node()})
}

// node describes this process.
func (s *Server) node() (n oauth.Node) {
	if s.options.Node != nil {
		n = s.options.Node()
	}
	n.Version, n.StartedAt = s.self.Version, s.self.StartedAt
	return n
}

// moduleVersion returns the version of Latchkey in this program, or "".
func moduleVersion() string {
	const path = "github.com/seed-e6a88a41/latchkey"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == path {
			return m.Version
		}
	}
	return ""
}

// renewIssuer records again that this server uses the Store. If another issuer uses it,
// which is possible after the Store was unavailable for a while, renewIssuer logs an
// error, until an operator stops one of the servers.
func (s *Server) renewIssuer(ctx context.Context) {
	err := s.useIssuer(ctx)
	if _, used := errors.AsType[*oauth.IssuerInUseError](err); used {
		s.options.Logger.ErrorContext(ctx, "two issuers use one database; stop one of the servers", "issuer", s.options.Issuer, "error", err.Error())
	}
}

// runIssuer renews the record of this server until the context ends, and then removes it.
func (s *Server) runIssuer(ctx context.Context) error {
	tick := time.NewTicker(issuerUseEvery)
	defer tick.Stop()
	for {
		s.renewIssuer(ctx)
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWait)
			defer cancel()
			_ = s.options.Store.EndIssuerUse(ctx, s.id) // without it, the record expires
			return nil
		case <-tick.C:
		}
	}
}
