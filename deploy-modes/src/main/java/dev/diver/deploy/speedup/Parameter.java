package dev.diver.deploy.speedup;

import dev.diver.kernels.failure.Failure;
import java.time.Duration;

/** Refuses parameters for which the model has no meaning, by their names and values. */
final class Parameter {
  private Parameter() {}

  /** A number that is more than 0 and finite. */
  static double positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw refused(name, value, "a finite number that is more than 0");
    }
    return value;
  }

  /** A number that is 0 or more, and finite. */
  static double notNegative(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw refused(name, value, "a finite number that is 0 or more");
    }
    return value;
  }

  /** A number from 0 to 1. */
  static double share(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw refused(name, value, "a number from 0 to 1");
    }
    return value;
  }

  /** A count with a least value. */
  static int atLeast(int least, String name, int value) {
    if (value < least) {
      throw refused(name, value, least + " or more");
    }
    return value;
  }

  /** In nanoseconds; exact up to 104 days, else to the 16th digit. */
  static double nanos(Duration time) {
    return time.getSeconds() * 1e9 + time.getNano();
  }

  private static RuntimeException refused(String name, Object value, String allowed) {
    return new Failure(
            Failure.Kind.INVALID,
            "The " + name + " cannot be " + value + ".",
            "Give " + allowed + ".")
        .exception();
  }
}
