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
	groups := make(map[[2]string][]oauth.Rejection)
	for _, r := range s.rejections {
		of := [2]string{r.ClientID, r.Reason}
		groups[of] = append(groups[of], r)
	}
	kept := make(map[string]bool) // by ID
	for _, group := range groups {
		for _, r := range keptRejections(group, bounds) {
			kept[r.ID] = true
		}
	}
	s.rejections = slices.DeleteFunc(s.rejections, func(r oauth.Rejection) bool { return !kept[r.ID] })
	return nil
}

// keptRejections returns those of a client with one reason, newest first, that do not
// exceed the bounds.
func keptRejections(group []oauth.Rejection, bounds oauth.RejectionBounds) []oauth.Rejection {
	places, ofSource := make(map[string]int), make(map[string]int)
	for _, r := range group {
		ofSource[r.Source]++
		places[r.ID] = ofSource[r.Source]
	}
	places[group[len(group)-1].ID] = 0 // the first one
	kept := slices.DeleteFunc(slices.Clone(group), func(r oauth.Rejection) bool { return places[r.ID] > bounds.Source })
	slices.SortStableFunc(kept, func(a, b oauth.Rejection) int { return cmp.Compare(places[a.ID], places[b.ID]) })
	return kept[:min(len(kept), bounds.Reason)]
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
