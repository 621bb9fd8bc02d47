@NullMarked
package dev.diver.deploy.machine;

import org.jspecify.annotations.NullMarked;
