package memstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AddRejections adds rejections, and deletes the oldest of the same client and
// reason.
func (s *Store) AddRejections(_ context.Context, added []oauth.Rejection, bounds oauth.RejectionBounds) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range added {
		if !slices.ContainsFunc(s.rejections, func(other oauth.Rejection) bool { return other.ID == r.ID }) {
			r.At = ms(r.At)
			s.rejections = append(s.rejections, r)
		}
	}
	slices.SortFunc(s.rejections, func(a, b oauth.Rejection) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.ID, a.ID)) })
	type source struct{ clientID, reason, source string }
	kept := make(map[source]int)
	s.rejections = slices.DeleteFunc(s.rejections, func(r oauth.Rejection) bool {
		from, all := source{r.ClientID, r.Reason, "from " + r.Source}, source{r.ClientID, r.Reason, ""}
		if kept[from] >= bounds.Source || kept[all] >= bounds.Reason {
			return true
		}
		kept[from]++
		kept[all]++
		return false
	})
	return nil
}

// Rejection returns the rejection with the ID.
func (s *Store) Rejection(_ context.Context, id string) (oauth.Rejection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rejections {
		if r.ID == id {
			return r, nil
		}
	}
	return oauth.Rejection{}, oauth.ErrNotFound
}

// Rejections returns the last rejections.
func (s *Store) Rejections(_ context.Context, f oauth.RejectionFilter, n int) (found []oauth.Rejection, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rejections {
		if len(found) < n && f.Matches(r) {
			found = append(found, r)
		}
	}
	return found, nil
}
