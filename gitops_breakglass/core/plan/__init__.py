"""What a run would do: ends by the clock alone, the difference to what is desired, and the brakes."""
