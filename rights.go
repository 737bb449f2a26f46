package latchkey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// RevokeSubject revokes everything that was issued to a person until now: refresh
// tokens, access tokens and codes, and the API tokens that the person made in the back office.
// JWTs that an API verifies by itself stay valid there until they expire. Consents remain, so that the person need not be
// asked again. To delete them too, call WithdrawConsent, or ErasePerson if the host has deleted the
// person. subject is the Subject of an oauth.Authentication. An unknown subject
// is ignored.
//
// It also ends the login sessions of the person that Latchkey knows, and applications
// are notified. A host with its own people should first delete the sessions of the
// person, because a person who is still logged in can get new tokens at once.
func (s *Server) RevokeSubject(ctx context.Context, subject string) error {
	if err := checkSubject(subject); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // the revocation completes even if the caller gives up
	err := s.provider.RevokeSubject(ctx, subject)
	s.acted(ctx, err, "Server.RevokeSubject", "", &oauth.EventDetails{Person: subject})
	return err
}

// ExportPerson returns what the Store contains about a person, as a JSON object without secrets, for a
// person who wants to know it. For the people of a host, these are the consents, tokens, sessions and
// unfinished requests of the person, and the records of the audit log about them: the host adds its own
// data. For a person with an account, it is the file that the person can download on the account
// page. An unknown subject has empty lists. Each list has at most 5,000 rows; the member incomplete
// names the lists that have more.
func (s *Server) ExportPerson(ctx context.Context, subject string) (json.RawMessage, error) {
	if err := checkSubject(subject); err != nil {
		return nil, err
	}
	data, err := s.personData(ctx, subject)
	if err != nil {
		return nil, err
	}
	s.acted(ctx, nil, "Server.ExportPerson", "", &oauth.EventDetails{Person: subject})
	return json.Marshal(data)
}

// personData returns a *web.PersonData or a *web.SubjectData.
func (s *Server) personData(ctx context.Context, subject string) (any, error) {
	store, now := s.options.Store, s.options.Clock()
	if s.options.People == nil {
		u, err := store.User(ctx, subject)
		if err == nil {
			return web.PersonDataOf(ctx, store, store, u, now)
		}
		if !errors.Is(err, account.ErrNotFound) {
			return nil, err
		}
	}
	return web.SubjectDataOf(ctx, store, subject, now)
}

// ErasePerson erases what the Store contains about a person of the host, after the host has deleted
// the person. At once, it deletes the consents of the person, and erases the network addresses of the
// token requests of applications for the person. In the audit log, it erases the names, addresses,
// browsers and changed values of the person. This takes about a minute, during which Run must be
// running. The records remain, with the subject. People with an account of Latchkey are erased when
// their account is deleted.
//
// ErasePerson revokes nothing. Call RevokeSubject before it: an application that still has access
// would add an address with its next request. The permissions that RevokeSubject has ended, and the
// sessions in which the person gave access, contain only the subject, and are deleted when they
// have expired.
func (s *Server) ErasePerson(ctx context.Context, subject string) error {
	if err := checkSubject(subject); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	return errors.Join(
		s.options.Store.EraseSubject(ctx, subject),
		s.options.Store.QueueAudit(ctx, audit.ErasureRow(s.options.Clock(), subject)),
	)
}

// RevokeSession ends a login session of a person, and revokes everything that was issued in it,
// including permissions that outlive it (offline_access). Applications are notified. subject and id
// are the Subject and the SessionID of an oauth.Authentication. An unknown session is ignored.
// RevokeSession returns an error if an account has the session, and it is not that of the subject.
// It also returns an error if the arguments are known to be swapped.
//
// Use EndSessions for an ordinary logout, and RevokeSession for a session that was
// stolen. A permission of a device (RFC 8628) belongs to no session.
func (s *Server) RevokeSession(ctx context.Context, subject, id string) error {
	if err := checkSubject(subject); err != nil {
		return err
	}
	if id == "" {
		return errors.New("latchkey: the id of the session is empty")
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.checkSessionOf(ctx, subject, id); err != nil {
		return err
	}
	stored := s.storedSession(id)
	if err := s.provider.EndSessions(ctx, stored); err != nil {
		return err
	}
	var issued []oauth.ID
	err := eachPage(func(page paging.Page) (paging.Cursor, error) {
		families, cursor, err := s.options.Store.Families(ctx, oauth.FamilyFilter{Subject: subject}, page)
		for i := range families {
			if families[i].SessionID == stored {
				issued = append(issued, families[i].ID)
			}
		}
		return cursor, err
	})
	if err == nil && len(issued) == 0 {
		err = s.checkOrder(ctx, subject, id) // an audit record would contain the id of the session
	}
	if err != nil {
		return err
	}
	err = s.provider.RevokeTokens(ctx, nil, issued)
	s.acted(ctx, err, "Server.RevokeSession", "", &oauth.EventDetails{Person: subject})
	return err
}

// checkSessionOf returns an error if the session is that of another account, or if its id is that
// of an account. It does nothing for the people of a host: the host may number its sessions and its
// people, so an id can be both.
func (s *Server) checkSessionOf(ctx context.Context, subject, id string) error {
	if s.options.People != nil {
		return nil
	}
	session, _, err := s.options.Store.Session(ctx, id)
	switch {
	case err == nil && session.UserID != subject:
		return fmt.Errorf("latchkey: RevokeSession: the session is not one of the person %q", subject)
	case err == nil || !errors.Is(err, account.ErrNotFound):
		return err
	}
	isUser, err := s.isUser(ctx, id)
	if isUser {
		return errSwapped
	}
	return err
}

// isUser reports whether an id is that of an account.
func (s *Server) isUser(ctx context.Context, id string) (bool, error) {
	_, err := s.options.Store.User(ctx, id)
	return err == nil, ignore(err, account.ErrNotFound)
}

// checkOrder returns an error if the arguments of RevokeSession, which found nothing, are swapped:
// nothing is known of a session of the host with this id, but there is one with the subject as its
// id, and its person has the id as the subject. The check sends only hashes of the ids to the Store.
func (s *Server) checkOrder(ctx context.Context, subject, id string) error {
	if s.options.People == nil {
		return nil // checkSessionOf has checked it
	}
	session, swapped := s.storedSession(id), s.storedSession(subject)
	known, err := s.options.Store.SessionClients(ctx, []string{session, swapped})
	if err != nil || slices.ContainsFunc(known, func(c oauth.SessionClient) bool { return c.SessionID == session }) {
		return err
	}
	if slices.ContainsFunc(known, func(c oauth.SessionClient) bool { return c.SessionID == swapped && c.Subject == id }) {
		return errSwapped
	}
	return nil
}

// ignore returns err, or nil if it wraps the expected error.
func ignore(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// errSwapped means that the arguments of RevokeSession are in the wrong order.
var errSwapped = errors.New("latchkey: RevokeSession: the id of the session is the subject of a person, and nothing was revoked; the order of the arguments is subject, id")

// Consents returns what a person has allowed applications to do, with the names of the
// applications, the newest first. A host can show them on a page of its
// own. Applications that got access without a consent are not among them: those with
// SkipAuthorization, for example. The list is empty for an unknown
// person. An empty subject is an error.
func (s *Server) Consents(ctx context.Context, subject string) ([]oauth.ConsentRow, error) {
	if err := checkSubject(subject); err != nil {
		return nil, err
	}
	var all []oauth.ConsentRow
	err := eachPage(func(page paging.Page) (paging.Cursor, error) {
		consents, cursor, err := s.options.Store.Consents(ctx, oauth.FamilyFilter{Subject: subject}, page)
		all = append(all, consents...)
		return cursor, err
	})
	return all, err
}

// WithdrawConsent withdraws what a person has allowed an application to do, and
// revokes everything that was issued to the application for this person, even without
// a consent. The person is asked again when the application next requests access. A
// consent that does not exist is ignored. The error is oauth.ErrNotFound if there is no
// application with the clientID, for example because the arguments are in the wrong order.
func (s *Server) WithdrawConsent(ctx context.Context, subject, clientID string) error {
	if err := checkSubject(subject); err != nil {
		return err
	}
	err := s.options.Store.WithdrawConsent(context.WithoutCancel(ctx), subject, clientID, s.options.Clock())
	s.acted(ctx, err, "Server.WithdrawConsent", clientID, &oauth.EventDetails{Person: subject})
	if err != nil {
		return err
	}
	return s.applicationExists(ctx, clientID)
}

// applicationExists returns an error if there is no application with the client ID, not even
// a deleted one that can be restored.
func (s *Server) applicationExists(ctx context.Context, clientID string) error {
	_, err := s.options.Store.Client(ctx, clientID)
	if !errors.Is(err, oauth.ErrNotFound) {
		return err
	}
	deleted, discardErr := s.options.Store.Discarded(ctx, clientID)
	switch {
	case discardErr != nil:
		return discardErr
	case deleted:
		return nil
	}
	return namesApplication(clientID, err)
}

// checkSubject rejects an empty subject, which would select all people.
func checkSubject(subject string) error {
	if subject == "" {
		return errors.New("latchkey: the subject is empty")
	}
	return nil
}

// eachPage calls list for each page of a list.
func eachPage(list func(paging.Page) (paging.Cursor, error)) error {
	page := paging.Page{Limit: 200}
	for {
		cursor, err := list(page)
		if err != nil || cursor.Next == "" {
			return err
		}
		page.After = cursor.Next
	}
}
