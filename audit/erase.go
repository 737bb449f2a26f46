package audit

import (
	"cmp"
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	mostErasure = 500         // rows that are erased in one transaction
	heldFor     = time.Minute // how long an erasure stays in the queue
)

// isErasure reports whether the row says that a person was erased.
func (r *Row) isErasure() bool { return r.Event == oauth.EventErasure && r.Person != "" }

// isHeld reports whether the row is an erasure that must stay in the queue.
func (r *Row) isHeld(now time.Time) bool {
	age := now.Sub(r.ID.Time())
	return r.isErasure() && age > -heldFor && age < heldFor
}

// erase erases what is about people whose erasure is in the queue, in the rows of the queue and in
// the chain. The chain is erased twice: at once, and before the erasure is linked.
func (l *Log) erase(ctx context.Context, queue []Row) error {
	for _, r := range queue {
		if !r.isErasure() {
			continue
		}
		held := r.isHeld(l.Clock())
		if !held || !l.linker.erased[r.ID] {
			if err := l.eraseChain(ctx, r.Person); err != nil {
				return err
			}
		}
		if delete(l.linker.erased, r.ID); held {
			l.linker.erased[r.ID] = true
		}
		for i := range queue {
			queue[i].erase(r.Person)
		}
	}
	return nil
}

// eraseChain erases what the chain has about a person.
func (l *Log) eraseChain(ctx context.Context, person string) error {
	for {
		n, err := l.Store.EraseAudit(ctx, person, mostErasure)
		if err != nil || n == 0 {
			return err
		}
	}
}

// erase erases the parts of a row that are about a person.
func (r *Row) erase(person string) {
	if r.originOf() == person {
		r.Origin.Text, r.Origin.Salt = "", [16]byte{}
	}
	if r.Person == person {
		r.Details.Text, r.Details.Salt = "", [16]byte{}
	}
}

// originOf returns the person whom the Origin is about: the actor or, if nobody was
// authenticated, the person who tried to log in.
func (r *Row) originOf() string { return cmp.Or(r.Actor, r.Person) }

// ErasureRow returns the row that a Store queues in the transaction that deletes a person.
func ErasureRow(at time.Time, person string) Row {
	return NewRow(&Record{At: at, Event: oauth.EventErasure, Category: oauth.CategoryServer, Outcome: oauth.OutcomeOK, ActorKind: ActorServer, Person: person})
}

// LoginRow returns the row that a Store queues in the transaction that starts the session
// of a login. The record is that of an oauth.EventLogin.
func LoginRow(s account.Session, login account.LoginRecord) Row {
	name := shorten(login.Username)
	return NewRow(&Record{
		At: s.CreatedAt, Event: oauth.EventLogin, Category: oauth.CategoryLogin, Outcome: oauth.OutcomeOK, Actor: s.UserID, ActorKind: ActorPerson, Person: s.UserID,
		Origin: &Origin{Name: name, Address: shorten(s.Address), UserAgent: shorten(s.UserAgent), Session: s.ID}, Details: &Details{PersonName: name},
	})
}
