package sqlstore

import (
	stdbytes "bytes"
	"slices"
	"strings"
)

// A window is a range of ids: those after one, up to another. Lists with rare rows are read in
// windows, and not with all conditions on the id at once, because SQLite uses only one condition
// in each direction, and could choose the wider one.
type window struct{ after, until []byte }

// allIDs contains every id.
var allIDs = window{[]byte{}, stdbytes.Repeat([]byte{0xff}, 16)}

// window returns the ids of a list after a place. The bounds of the list are on its id.
func (l *listing) window(from *place, descending bool) window {
	in := allIDs
	for _, b := range l.bounds {
		id, _ := b.arg.([]byte)
		switch than := strings.Fields(b.condition)[1]; than {
		case ">":
			in = in.and(window{id, allIDs.until})
		case ">=":
			in = in.and(window{before(id), allIDs.until})
		case "<":
			in = in.and(window{allIDs.after, before(id)})
		}
	}
	if from != nil {
		id, _ := from.ID.([]byte)
		_, in = in.cut(id, descending)
	}
	return in
}

// before returns the id before an id.
func before(id []byte) []byte {
	id = slices.Clone(id)
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xff {
			return id
		}
	}
	return []byte{} // it was the first one
}

// following returns the id after an id.
func following(id []byte) []byte {
	id = slices.Clone(id)
	for i := len(id) - 1; i >= 0; i-- {
		id[i]++
		if id[i] != 0 {
			break
		}
	}
	return id
}

func (w window) empty() bool { return stdbytes.Compare(w.after, w.until) >= 0 }

// only returns the ids that are in the window.
func (w window) only(ids [][]byte) (in [][]byte) {
	for _, id := range ids {
		if stdbytes.Compare(w.after, id) < 0 && stdbytes.Compare(id, w.until) <= 0 {
			in = append(in, id)
		}
	}
	return in
}

func (w window) and(other window) window {
	if stdbytes.Compare(other.after, w.after) > 0 {
		w.after = other.after
	}
	if stdbytes.Compare(other.until, w.until) < 0 {
		w.until = other.until
	}
	return w
}

// cut splits the window into the ids that a list reads up to and including an id, and the rest.
func (w window) cut(id []byte, descending bool) (first, rest window) {
	if descending {
		return w.and(window{before(id), allIDs.until}), w.and(window{allIDs.after, before(id)})
	}
	return w.and(window{allIDs.after, id}), w.and(window{id, allIDs.until})
}

// behind returns the ids of the window that a list reads after those of another window.
func (w window) behind(other window, descending bool) window {
	if descending {
		return w.and(window{allIDs.after, other.after})
	}
	return w.and(window{other.until, allIDs.until})
}

// ahead returns the ids of the window that a list reads before those of another window.
func (w window) ahead(other window, descending bool) window { return w.behind(other, !descending) }

// from returns the ids of the window from the beginning of another window on.
func (w window) from(other window, descending bool) window {
	return w.behind(window{after: other.until, until: other.after}, descending)
}

// place returns the place from which a list continues with the window.
func (w window) place(descending bool) *place {
	id := w.after
	if descending {
		id = following(w.until)
	}
	return &place{id, id}
}

// bounds returns the conditions for the ids of the window. There are always two: for a range
// that is open at one end, PostgreSQL expects so many rows that it starts parallel workers.
func (w window) bounds() []bound {
	return []bound{{"t.id > ?", w.after}, {"t.id <= ?", w.until}}
}

// limits returns the bounds that exclude ids. For a range with two ends, PostgreSQL expects so
// few rows that it could read and sort all of them, although only the first ones are needed.
func (w window) limits() (all []bound) {
	if len(w.after) > 0 {
		all = append(all, bound{"t.id > ?", w.after})
	}
	if stdbytes.Compare(w.until, allIDs.until) < 0 {
		all = append(all, bound{"t.id <= ?", w.until})
	}
	return all
}

// begin returns the condition for the ids from the beginning of the window on.
func (w window) begin(descending bool) bound {
	if descending {
		return bound{"t.id <= ?", w.until}
	}
	return bound{"t.id > ?", w.after}
}
