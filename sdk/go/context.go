package tidemark

import "context"

// who is what a context.Context carries for the calls under it.
type who struct {
	user, anonymous, session, organization string
	fields                                 Props // never changed once it is here
	trail                                  *trail
}

type whoKey struct{}

var nobody who

func whoOf(ctx context.Context) *who {
	if ctx != nil {
		if w, ok := ctx.Value(whoKey{}).(*who); ok {
			return w
		}
	}
	return &nobody
}

func with(ctx context.Context, change func(*who)) context.Context {
	w := *whoOf(ctx)
	change(&w)
	return context.WithValue(ctx, whoKey{}, &w)
}

// ContextWithUser says whose the items recorded under the context are.
func ContextWithUser(ctx context.Context, userID string) context.Context {
	return with(ctx, func(w *who) { w.user = userID })
}

// ContextWithAnonymous is ContextWithUser for a person not yet known by name:
// the anonymous id that the app or browser sent along.
func ContextWithAnonymous(ctx context.Context, anonymousID string) context.Context {
	return with(ctx, func(w *who) { w.anonymous = anonymousID })
}

// ContextWithSession puts the items into a session that a client SDK began.
func ContextWithSession(ctx context.Context, sessionID string) context.Context {
	return with(ctx, func(w *who) { w.session = sessionID })
}

// ContextWithOrganization sets org_id in the context of events; it wins over
// SetOrganization.
func ContextWithOrganization(ctx context.Context, orgID string) context.Context {
	return with(ctx, func(w *who) { w.organization = orgID })
}

// ContextWithField adds one field to the context of events, for example a
// request id; it wins over SetContext.
func ContextWithField(ctx context.Context, key string, value any) context.Context {
	return with(ctx, func(w *who) {
		fields := make(Props, len(w.fields)+1)
		for k, v := range w.fields {
			fields[k] = v
		}
		fields[key] = value
		w.fields = fields
	})
}

// ContextWithTrail gives the work under the context breadcrumbs of its own, so
// that a crash shows what this request did, and not what others did meanwhile.
// The middleware does so for each request.
func ContextWithTrail(ctx context.Context) context.Context {
	return with(ctx, func(w *who) { w.trail = new(trail) })
}
