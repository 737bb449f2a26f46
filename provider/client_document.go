package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// documentClient returns the client that the document at its client_id describes.
// stored is the row of the client, or nil: the document replaces its metadata, but
// not what only administrators decide.
func (s *Provider) documentClient(ctx context.Context, id string, stored *oauth.Client) (*oauth.Client, error) {
	switch {
	case stored != nil && stored.Disabled:
		return stored, nil
	case s.documentPolicy(id) == DocumentsOff:
		return nil, oauth.ErrNotFound
	case s.documentPolicy(id) == DocumentsDeny:
		return nil, oauth.Errorf(oauth.CodeInvalidClient, "This server does not accept applications from %s. Ask its administrator to register the application.", oauth.ClientURLHost(id)).
			WithReason("document_host")
	}
	if err := oauth.CheckClientURL(id); err != nil {
		return nil, err
	}
	cache := &s.unconfirmedDocuments
	if stored != nil {
		cache = &s.documents
		cache.adopt(id, &s.unconfirmedDocuments)
	} else if discarded, err := s.clients.isDiscarded(ctx, id); err != nil || discarded {
		return nil, cmp.Or(err, oauth.ErrNotFound)
	}
	described, err := cache.get(ctx, id)
	unavailable := errors.Is(err, oauth.ErrUnavailable)
	switch {
	case unavailable && stored != nil && s.now().Sub(stored.DocumentFetchedAt) < staleDocumentAge:
		return stored, nil
	case unavailable:
		return nil, oauth.Errorf(oauth.CodeTemporarilyUnavailable, "The metadata document of the application cannot be fetched from its client_id at the moment. Try again shortly.").
			WithReason("unreachable").WithDetail("%v", err)
	case err != nil:
		return nil, err
	case stored == nil:
		return described, nil
	}
	c := *stored
	c.Describe(described)
	c.Type, c.DocumentFetchedAt = described.Type, described.DocumentFetchedAt
	return &c, nil
}

// documentPolicy returns the policy for the host of a client_id that is a URL.
func (s *Provider) documentPolicy(id string) string {
	return s.documentHosts().policy(oauth.ClientURLHost(id), s.ClientDocuments)
}

// asksEveryTime reports whether people are asked for permission every time because a
// document describes the client, which can change at any time.
func (s *Provider) asksEveryTime(c *oauth.Client) bool {
	return !c.DocumentFetchedAt.IsZero() && s.documentPolicy(c.ID) != DocumentsAllow
}

// FromDocument reports whether a metadata document describes the client, and whether
// the administrators trust its host.
func (s *Provider) FromDocument(c *oauth.Client) (described, trusted bool) {
	return !c.DocumentFetchedAt.IsZero(), s.documentPolicy(c.ID) == DocumentsAllow
}

// DocumentFetchedAt returns when this process last fetched the document of a client,
// or zero if it is not in memory.
func (s *Provider) DocumentFetchedAt(c *oauth.Client) time.Time { return s.documents.fetchedAt(c.ID) }

// keepDocument stores the present metadata of a client, if a document describes it
// and has changed. Only administrators and requests without the document use them.
func (s *Provider) keepDocument(ctx context.Context, c *oauth.Client) error {
	if c.DocumentFetchedAt.IsZero() {
		return nil
	}
	stored, err := s.clients.Client(ctx, c.ID)
	if err == nil {
		err = s.updateDocument(ctx, stored, c)
	}
	if errors.Is(err, oauth.ErrNotFound) { // it was deleted because nobody had used it
		kept := *c
		return s.Store.ConfirmClient(ctx, keptWhileUsed(&kept))
	}
	return err
}

// updateDocument replaces the stored metadata of a client.
func (s *Provider) updateDocument(ctx context.Context, stored, c *oauth.Client) error {
	kept := *c
	kept.DocumentFetchedAt = stored.DocumentFetchedAt
	before, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	after, err := json.Marshal(&kept)
	if age := c.DocumentFetchedAt.Sub(stored.DocumentFetchedAt); err != nil || age < staleDocumentAge/2 && bytes.Equal(before, after) {
		return err
	}
	kept.DocumentFetchedAt, kept.UpdatedAt = c.DocumentFetchedAt, s.now()
	if !stored.ExpiresAt.IsZero() {
		keptWhileUsed(&kept)
	}
	if err := s.Store.UpdateClient(ctx, &kept); err != nil && !errors.Is(err, oauth.ErrConflict) {
		return fmt.Errorf("the metadata of an application cannot be stored: %w", err)
	}
	return nil
}

// keptWhileUsed sets when a client with a document is deleted if it is not used
// until then. Its document describes it again when it is used later.
func keptWhileUsed(c *oauth.Client) *oauth.Client {
	c.ExpiresAt = c.DocumentFetchedAt.Add(oauth.UnusedClientTTL)
	return c
}
