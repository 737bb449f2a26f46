package provider

import (
	"context"
	"crypto/sha256"
	"errors"
	"reflect"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Bounds on the cached metadata documents of clients. Anyone can make the server
// fetch a URL, by using it as a client_id. So clients that are stored have a cache of
// their own: the documents of others cannot take its memory and its fetches.
const (
	minDocumentAge     = 5 * time.Minute // for which a document is used, whatever its server says
	maxDocumentAge     = 24 * time.Hour  // the same
	defaultDocumentAge = time.Hour       // if its server says nothing
	// staleDocumentAge is how long a document is used if its server is unavailable.
	staleDocumentAge = 24 * time.Hour
	// documentPause is the time between a fetch that failed and the next one.
	documentPause       = 10 * time.Second
	documentTimeout     = 5 * time.Second // of a fetch
	maxDocumentFetches  = 16              // at the same time
	maxDocumentMemory   = 8 << 20         // bytes
	maxDocumentFailures = 4096
)

// documentCache fetches the metadata documents of clients and keeps them in memory.
type documentCache struct {
	// fetch returns the document at a URL and the client that it describes. known is
	// the document that was fetched before, or nil. The error is oauth.ErrUnavailable
	// if a later fetch may succeed.
	fetch documentFetch
	// permit, if set, is called before each fetch that a caller begins.
	permit  func(ctx context.Context) error
	clock   func() time.Time
	fetches singleflight.Group // by URL
	running chan struct{}
	maxSize int64 // of all documents, in bytes

	mu        sync.Mutex
	size      int64 // of all documents, in bytes
	documents map[string]cachedDocument
	failures  map[[sha256.Size]byte]documentFailure // by the hash of the URL
}

type documentFetch func(ctx context.Context, url string, known *oauth.Document) (*oauth.Client, *oauth.Document, error)

// cachedDocument is a client, as its document describes it.
type cachedDocument struct {
	client *oauth.Client
	// document is kept to ask its server whether it has changed; nil if the server
	// does not support that.
	document           *oauth.Document
	size               int64
	expires, fetchedAt time.Time
}

// documentFailure is the error of a fetch.
type documentFailure struct {
	err   error
	until time.Time // when the document can be fetched again
}

func (c *documentCache) init(fetch documentFetch, clock func() time.Time) {
	c.fetch, c.clock, c.running, c.maxSize = fetch, clock, make(chan struct{}, maxDocumentFetches), maxDocumentMemory
	c.documents, c.failures = make(map[string]cachedDocument), make(map[[sha256.Size]byte]documentFailure)
}

// get returns the client that the document at a URL describes; the result is shared
// and must not be changed. Callers that need the same document share a fetch, which
// is not canceled if one of them gives up.
func (c *documentCache) get(ctx context.Context, url string) (*oauth.Client, error) {
	cached, err := c.find(url)
	if cached != nil || err != nil {
		return cached, err
	}
	if c.permit != nil {
		if err := c.permit(ctx); err != nil {
			return nil, err
		}
	}
	shared := c.fetches.DoChan(url, func() (any, error) {
		defer crash.Log(nil)
		return c.refresh(context.WithoutCancel(ctx), url)
	})
	select {
	case result := <-shared:
		client, _ := result.Val.(*oauth.Client)
		return client, result.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// find returns the cached client or the error of the last fetch, or neither if the
// document must be fetched.
func (c *documentCache) find(url string) (*oauth.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	cached, known := c.documents[url]
	if known && now.Before(cached.expires) {
		return cached.client, nil
	}
	failure, failed := c.failures[sha256.Sum256([]byte(url))]
	if !failed || !now.Before(failure.until) {
		return nil, nil
	}
	return c.stale(cached, failure.err, now)
}

// stale returns a document whose server is unavailable, or the error.
func (c *documentCache) stale(cached cachedDocument, err error, now time.Time) (*oauth.Client, error) {
	if cached.client != nil && errors.Is(err, oauth.ErrUnavailable) && now.Before(cached.expires.Add(staleDocumentAge)) {
		return cached.client, nil
	}
	return nil, err
}

// refresh fetches a document.
func (c *documentCache) refresh(ctx context.Context, url string) (*oauth.Client, error) {
	if cached, err := c.find(url); cached != nil || err != nil {
		return cached, err // another caller has just fetched it
	}
	ctx, cancel := context.WithTimeout(ctx, documentTimeout)
	defer cancel()
	client, document, err := c.fetchInTurn(ctx, url)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock()
	if err == nil {
		c.add(url, client, document, now)
		return client, nil
	}
	cached := c.documents[url]
	if !errors.Is(err, oauth.ErrUnavailable) {
		c.remove(url)
	}
	c.fail(sha256.Sum256([]byte(url)), documentFailure{err, now.Add(documentPause)}, now)
	return c.stale(cached, err, now)
}

// fetchInTurn fetches a document when fewer than maxDocumentFetches fetches run.
func (c *documentCache) fetchInTurn(ctx context.Context, url string) (*oauth.Client, *oauth.Document, error) {
	select {
	case c.running <- struct{}{}:
		defer func() { <-c.running }()
		c.mu.Lock()
		known := c.documents[url].document
		c.mu.Unlock()
		return c.fetch(ctx, url, known)
	case <-ctx.Done():
		return nil, nil, oauth.ErrUnavailable
	}
}

// add caches a document, and removes others if there is no room for it.
func (c *documentCache) add(url string, client *oauth.Client, document *oauth.Document, now time.Time) {
	age := defaultDocumentAge
	if document.Fresh >= 0 {
		age = min(max(document.Fresh, minDocumentAge), maxDocumentAge)
	}
	size := memorySize(reflect.ValueOf(client)) + len(url)
	if document.ETag == "" && document.LastModified == "" {
		document = nil
	} else {
		size += memorySize(reflect.ValueOf(document))
	}
	c.remove(url)
	delete(c.failures, sha256.Sum256([]byte(url)))
	c.put(url, cachedDocument{client, document, int64(size), now.Add(age), now})
}

// put caches a document that is not cached.
func (c *documentCache) put(url string, added cachedDocument) {
	for other := range c.documents { // in an order that is not predictable
		if c.size+added.size <= c.maxSize {
			break
		}
		c.remove(other)
	}
	c.documents[url] = added
	c.size += added.size
}

func (c *documentCache) remove(url string) {
	c.size -= c.documents[url].size
	delete(c.documents, url)
}

// fail stores for a short time that a fetch failed.
func (c *documentCache) fail(key [sha256.Size]byte, failure documentFailure, now time.Time) {
	if len(c.failures) >= maxDocumentFailures {
		for other, old := range c.failures {
			if !now.Before(old.until) {
				delete(c.failures, other)
			}
		}
	}
	for other := range c.failures {
		if len(c.failures) < maxDocumentFailures {
			break
		}
		delete(c.failures, other)
	}
	c.failures[key] = failure
}

// adopt takes over a document from another cache.
func (c *documentCache) adopt(url string, from *documentCache) {
	from.mu.Lock()
	other, known := from.documents[url]
	from.remove(url)
	from.mu.Unlock()
	if !known {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, has := c.documents[url]; !has {
		c.put(url, other)
	}
}

// fetchedAt returns when the document was last fetched by this process, or zero.
func (c *documentCache) fetchedAt(url string) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.documents[url].fetchedAt
}
