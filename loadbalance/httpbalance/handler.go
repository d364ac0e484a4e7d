package httpbalance

import (
	"context"
	"errors"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"

	"github.com/sysdesign-lab/sysdesign/loadbalance"
)

// NewHandler returns a reverse proxy over the picker's endpoints: an [httputil.ReverseProxy] on a [Transport], whose other
// fields (ErrorLog, FlushInterval, ModifyResponse, BufferPool) may be set before it serves.
//
// Endpoints see their own host in Host; the client's address, host and scheme are in X-Forwarded-For,
// X-Forwarded-Host and X-Forwarded-Proto. What the client itself sent there is dropped, because nothing says who
// wrote it: behind a proxy that is trusted, build a ReverseProxy with a Rewrite of its own on a Transport.
//
// A request that no endpoint answered gets 502 Bad Gateway, and 503 Service Unavailable where the picker had none to
// offer. The error goes to ErrorLog, or the log package's logger, unless the client is gone.
func NewHandler(picker loadbalance.Picker[*url.URL], options Options) (*httputil.ReverseProxy, error) {
	transport, err := NewTransport(picker, options)
	if err != nil {
		return nil, err
	}
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.Host = ""
			r.SetXForwarded()
		},
	}
	proxy.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
		if !errors.Is(r.Context().Err(), context.Canceled) {
			logf := log.Printf
			if proxy.ErrorLog != nil {
				logf = proxy.ErrorLog.Printf
			}
			logf("httpbalance: %s %s: %v", r.Method, r.URL.EscapedPath(), err)
		}
		if errors.Is(err, loadbalance.ErrNoneEligible) {
			w.WriteHeader(http.StatusServiceUnavailable)
		} else {
			w.WriteHeader(http.StatusBadGateway)
		}
	}
	return proxy, nil
}
