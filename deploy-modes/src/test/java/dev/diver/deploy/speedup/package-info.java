@NullMarked
package dev.diver.deploy.speedup;

import org.jspecify.annotations.NullMarked;
