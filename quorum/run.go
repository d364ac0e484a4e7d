package quorum

// Run is one execution of a replicated register: who did what, and which messages decided it. Messages that came too late to decide anything are
// left out, such as the acknowledgements of a write that has ended. Times are steps from 0: only their order counts.
type Run struct {
	Title      string      // what it shows, as a sentence
	Lanes      []Lane      // from top to bottom: clients that write, replicas, stand-ins, clients that read
	Operations []Operation // in the order in which they begin
	Messages   []Message   // in the order in which they arrive
	States     []State     // of each replica and stand-in, lane by lane, in order
	End        int         // nothing happens later
}

// Lane is a client or a replica.
type Lane struct {
	Name    string
	Replica bool // or a stand-in for one
}

// Version is what a replica holds. Of two versions the one with the higher stamp stays. The zero Version is none.
type Version struct {
	Value string
	Stamp int
}

// Operation is a client's read or write, from Begin to End.
type Operation struct {
	Lane       int
	Write      bool
	Version    Version // written or returned
	Begin, End int
}

// MessageKind says what a message asks or says.
type MessageKind int

// Store and Ask go to replicas, and Stored and Answer come back. A stand-in hands a version over with a Store, too.
const (
	Store MessageKind = iota + 1
	Stored
	Ask
	Answer
)

// String is the kind in lower case.
func (k MessageKind) String() string {
	names := [...]string{Store: "store", Stored: "stored", Ask: "ask", Answer: "answer"}
	if k < Store || k > Answer {
		return "unknown"
	}
	return names[k]
}

// Message is one message of an operation, from a lane at Sent to a lane at Arrived.
type Message struct {
	Operation     int
	Kind          MessageKind
	Version       Version // of a Store and of an Answer
	From, To      int
	Sent, Arrived int
}

// State is what a replica held during [From, To).
type State struct {
	Lane     int
	Version  Version
	From, To int
}
