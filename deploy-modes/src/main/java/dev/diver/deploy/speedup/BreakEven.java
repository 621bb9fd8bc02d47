package dev.diver.deploy.speedup;

/** Where a speedup is reached, as a value of one parameter while the others stay. */
public sealed interface BreakEven {

  /** Exactly there. */
  record At(double value) implements BreakEven {}

  /** Whatever the parameter's value is. */
  record Always() implements BreakEven {}

  /** Whatever the parameter's value is, it is not. */
  record Never() implements BreakEven {}
}
