"""What a hold is worth: Shapley values of controllers, CES power of suppliers."""
