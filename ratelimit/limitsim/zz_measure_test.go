package limitsim
import ("testing";"fmt";"time";"github.com/sysdesign-lab/sysdesign/ratelimit";"github.com/sysdesign-lab/sysdesign/sim")
func TestMeasureX(t *testing.T){
 wanted := []float64{10,20,50,80,400,1000}
 for _, split := range []string{"maxmin","prop"} { for _,p := range []time.Duration{time.Second,100*time.Millisecond} { for _,bm := range []float64{2,3} {
  per := 600*p.Seconds(); fn := ratelimit.MaxMin; if split=="prop" {fn=ratelimit.Proportional}
  rec := make([]float64,6); ask := make([]float64,6); used:=0.0; j:=0.0
  fair,_ := FluidSplit(ratelimit.MaxMin,600,wanted)
  const runs=8
  for seed := range uint64(runs) { s,err := ratelimit.NewSharing(ratelimit.SharingConfig[int]{Limit:ratelimit.Limit{Rate:ratelimit.PerSecond(600),Burst:int(bm*per)+1},Period:p,Split:fn,Clients:6}); if err!=nil{t.Fatal(err)}
   r,err := RunSharing(sim.New(seed+1),Sharing{Wanted:wanted,Sharer:s,WarmUp:20*p,Length:100*time.Second}); if err!=nil{t.Fatal(err)}
   for i := range rec {rec[i]+=r.Received[i]/runs;ask[i]+=r.Asked[i]/runs;used+=r.Received[i]/600/runs}
   x,_ := Jain(r.Received,fair); j+=x/runs }
  fmt.Printf("%s %v burst %vT+1:",split,p,bm); for i := range rec {fmt.Printf(" %.2f/%.2f",rec[i],ask[i])}; fmt.Printf(" used %.4f jain %.5f\n",used,j)
 }}}
}
