package dev.diver.deploy.speedup;

/**
 * The naïve model (section 3.1): all system calls are forwarded, and that costs nothing. An upper
 * bound that needs two numbers only.
 *
 * <ul>
 *   <li>p, the <em>system share</em>: the part of the run that system calls take, 0 to 1
 *   <li>γ, the <em>gain</em>: how many times as fast the specialized OS computes, more than 0
 * </ul>
 */
public final class NaiveModel {
  private NaiveModel() {}

  /**
   * S_n = 1 / (p + (1 − p)/γ), equation 3.
   *
   * @param systemShare p
   * @param gain γ
   * @throws dev.diver.kernels.failure.DiverException INVALID where p is not in 0…1 or γ not above 0
   */
  public static double speedup(double systemShare, double gain) {
    Parameter.share("system share p", systemShare);
    Parameter.positive("gain γ", gain);
    return 1 / (systemShare + (1 - systemShare) / gain);
  }

  /**
   * 1/p, which no gain exceeds (section 3.1); infinite for p = 0.
   *
   * @param systemShare p
   * @throws dev.diver.kernels.failure.DiverException INVALID where p is not in 0…1
   */
  public static double limit(double systemShare) {
    return 1 / Parameter.share("system share p", systemShare);
  }
}
