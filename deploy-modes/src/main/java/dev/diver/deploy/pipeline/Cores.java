package dev.diver.deploy.pipeline;

import dev.diver.kernels.spec.CpuList;
import java.util.List;

/**
 * The cores that a stage has for itself.
 *
 * @param count how many; 0 for a stage that hardly computes
 * @param which their numbers; empty where any will do
 */
public record Cores(int count, List<Integer> which) {

  public Cores {
    which = List.copyOf(which);
  }

  /** Reads what {@link CpuList} does, and 0. */
  public static Cores parse(String text) {
    if (text.equals("0")) {
      return new Cores(0, List.of());
    }
    CpuList list = CpuList.parse(text);
    return new Cores(list.count(), list.which());
  }

  /** So many, and any. */
  public static Cores count(int count) {
    return parse(Integer.toString(count));
  }

  /** The form that {@link #parse} reads. */
  @Override
  public String toString() {
    return count == 0 ? "0" : new CpuList(count, which).toString();
  }
}
