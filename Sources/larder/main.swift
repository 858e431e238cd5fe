





print("hi")
