package calibrate

import "slipstream/bench/flow"

// literature are the figures that one day does not support, and the shapes that the
// fit fills. Sources are in the files that Write makes.
func literature() *flow.ReactiveParams {
	p := &flow.ReactiveParams{Activity: 1}
	p.Book.AES = 100
	p.Distance.TailPower, p.Distance.Max = 1.6, 100
	p.Distance.Deep = []float64{1}
	p.Cancel.Kappa, p.Cancel.Replace, p.Cancel.DeepTicks = 1, 0.3, 10
	p.Hawkes.Tau = []float64{1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100}
	p.Hawkes.Weight = make([]float64, len(p.Hawkes.Tau))
	p.Regime.Vol = []float64{1, 1, 1}
	p.Latent.NewsPerHour, p.Latent.News = 1, 10
	p.Latent.Common, p.Latent.Clamp = 0.5, 3
	p.Latent.Market, p.Latent.Cancel, p.Latent.Improve = 3.8, 0.5, 1
	p.Latent.Join = 0.6
	p.Latent.Learn = 600
	p.Splitting.Count, p.Splitting.Share, p.Splitting.Alpha, p.Splitting.Max = 3, 0.95, 1.06, 2000
	p.Feedback.Beta, p.Feedback.Tau, p.Feedback.Market, p.Feedback.Limit, p.Feedback.Clamp = 1.5, 50, 0.04, 0.03, 1.5
	p.Impact.Y, p.Impact.Memory = 0.9, []float64{300, 1800, 10_800}
	p.Redraw.Theta, p.Redraw.ThetaCancel, p.Redraw.Messages, p.Redraw.From, p.Redraw.To = 0.8, 0.2, 6, 3e-5, 2e-3
	p.Redraw.Cancel, p.Redraw.Follow = 0.55, 0.3
	return p
}
